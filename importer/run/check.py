"""Check: read, map, convert, validate and resolve a sheet. Import and dry run go the same way."""

import re
from collections.abc import Callable
from dataclasses import replace

from importer.errors import UnusableMapping, WrongUse
from importer.run import mapping_file
from importer.run.completion import complete
from importer.run.kinship import settle_kin
from importer.run.origin import Origin, origin_of, sheets_of
from importer.run.own_export import Own
from importer.run.presets import choose, is_title
from importer.run.resolve import Resolver, resolver_for
from importer.run.rows import Rows
from importer.run.sifting import gather
from importer.run.source import Checked, Source
from importer.run.survey import date_order
from importer.settings import Connection
from importer.sheet.base import Sheet
from importer.sheet.reading import open_sheet
from importer.task.dates import zone_of
from importer.task.fields import BY_NAME
from importer.task.mapping import OWN, Mapping, fit, is_own_export
from importer.task.preset import PLAIN
from importer.task.preset import title_of as plain
from importer.task.values import Style, decode


def check(
    source: Source,
    resolver: Resolver | None = None,
    *,
    opened: Callable[[Sheet, Mapping], None] | None = None,
    workspace: Connection | int | None = None,
) -> Checked:
    """Read and check the whole sheet. Without a resolver names are only counted."""
    return complete(read(source, opened=opened, workspace=workspace), resolver or resolver_for(source))


def read(
    source: Source,
    *,
    opened: Callable[[Sheet, Mapping], None] | None = None,
    workspace: Connection | int | None = None,
    keep_cells: bool = False,
) -> Rows:
    """Read and check the whole sheet as far as that needs no workspace.

    Raises WrongUse for what concerns the file as a whole; a wrong cell is a Problem. `opened` is told
    the sheet and its columns as soon as they are known. `workspace`: the one that it is for, or its id
    alone; an export of ours may come from it. `keep_cells`: for the journal.
    """
    sheet = open_sheet(
        source.path,
        sheet=source.sheet,
        header_row=source.header_row,
        encoding=source.encoding,
        delimiter=source.delimiter,
        known=is_title,
    )
    origin = origin_of(source.path)
    source, mapping = columns(source, sheet, origin)
    whole = {mapping.positions[name] for name in ("name", "key") if name in mapping.positions}
    sheet = sheet.filled_down(but=whole)
    if mapping.own:
        sheet = replace(sheet, notes=(*sheet.notes, *_further_sheets(sheet)))
    if opened:
        opened(sheet, mapping)
    if source.save_mapping:
        mapping_file.write(source.save_mapping, mapping_file.of(mapping, source))
    style, doubtful = _style(source, sheet, mapping)
    _test_given(mapping, style)
    own = Own(origin, workspace, mapping, _told(source, mapping)) if mapping.own else None
    rows = Rows(source, sheet, mapping, style, own, keep_cells=keep_cells)
    gather(rows)
    settle_kin(rows)
    if doubtful:
        rows.warn(doubtful)
    return rows


def columns(source: Source, sheet: Sheet, origin: Origin | None = None) -> tuple[Source, Mapping]:
    """The mapping of a sheet, and the source with what the file of --mapping says; options beat that file.

    `origin`: of what export of ours the file seems to be."""
    saved = mapping_file.read(source.mapping) if source.mapping else mapping_file.Saved()
    there = {plain(title) for title in sheet.header if title}
    file_maps = [f"{title}={target}" for title, target in saved.columns.items() if plain(title) in there]
    maps = (*file_maps, *source.maps)
    asked = source.preset or saved.preset
    surely = asked == OWN or (asked is None and origin is not None)
    own = asked in (None, OWN) and is_own_export(sheet.header, surely)
    preset = PLAIN if own else choose(sheet.header, asked, source.path.stem)
    mapping = fit(
        sheet.header,
        maps,
        [*(f"{name}={value}" for name, value in saved.fixed.items()), *source.fixed],
        [*(f"{name}={value}" for name, value in saved.default.items()), *source.default],
        preset=preset,
        own=own,
        values={name: dict(words) for name, words in saved.values.items()},
        beside=sheet.beside,
    )
    for name, pattern in preset.from_file.items():
        if found := pattern.search(source.path.stem):
            text = found[found.lastindex or 0].strip()
            mapping = replace(mapping, default={name: text, **mapping.default} if text else mapping.default)
    source = replace(
        source,
        maps=maps,
        values=saved.values,
        dates=source.dates or saved.dates,
        timezone=source.timezone or saved.timezone,
        parent_ids=saved.parent_ids,
    )
    return source, mapping


def _told(source: Source, mapping: Mapping) -> set[int]:
    """The columns of which somebody says what they are."""
    titles = {plain(text.rpartition("=")[0]) for text in source.maps}
    return {column.position for column in mapping.columns if plain(column.title) in titles}


def _further_sheets(sheet: Sheet) -> list[str]:
    """That an export of more rows than a sheet holds goes on in others."""
    more = [name for name in sheets_of(sheet.path) if re.fullmatch(rf"{re.escape(sheet.name)} \d+", name)]
    if not more:
        return []
    names = ", ".join(map(repr, more))
    return [f'further rows of the export stand in {names} and are not read; --sheet "{more[0]}" reads them']


def _style(source: Source, sheet: Sheet, mapping: Mapping) -> tuple[Style, str]:
    """How the sheet writes its dates, and what may be wrong with them all the same.

    Raises UndecidedDates when nothing tells their order.
    """
    if source.timezone:
        try:
            zone_of(source.timezone)
        except ValueError as error:
            raise WrongUse(f"--timezone: {error}.") from None
    order, doubtful = date_order(sheet, mapping, source.dates)
    return Style(order=order, zone=source.timezone), doubtful


def _test_given(mapping: Mapping, style: Style) -> None:
    """A value of --set or --default that can't be understood is no row's fault."""
    for option, given in (("--set", mapping.fixed), ("--default", mapping.default)):
        for name, text in given.items():
            try:
                decode(BY_NAME[name], text, style)
            except ValueError as error:
                raise UnusableMapping(f"{option} {name}={text}: {error}.") from None
