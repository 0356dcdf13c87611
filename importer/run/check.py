"""Check: read, map, convert, validate and resolve a sheet. Import and dry run go the same way."""

from collections.abc import Callable

from importer.errors import UnusableMapping, WrongUse
from importer.run.resolve import Resolver
from importer.run.rows import Rows
from importer.run.source import Checked, Source
from importer.run.survey import date_order
from importer.sheet.base import Sheet
from importer.sheet.reading import open_sheet
from importer.task.dates import zone_of
from importer.task.fields import BY_NAME, Kind
from importer.task.mapping import Mapping, fit, is_known
from importer.task.values import Style, decode


def check(
    source: Source,
    resolver: Resolver | None = None,
    *,
    opened: Callable[[Sheet, Mapping], None] | None = None,
    workspace: int | None = None,
) -> Checked:
    """Read and check the whole sheet. Without a resolver names are only counted."""
    return read(source, opened=opened, workspace=workspace).complete(resolver or Resolver(None))


def read(
    source: Source,
    *,
    opened: Callable[[Sheet, Mapping], None] | None = None,
    workspace: int | None = None,
    keep_cells: bool = False,
) -> Rows:
    """Read and check the whole sheet as far as that needs no workspace.

    Raises WrongUse for what concerns the file as a whole; a wrong cell is a Problem. `opened` is told
    the sheet and its columns as soon as they are known. `workspace`: the one that it is for, where an
    export of ours may come from. `keep_cells`: for the journal.
    """
    sheet = open_sheet(
        source.path,
        sheet=source.sheet,
        header_row=source.header_row,
        encoding=source.encoding,
        delimiter=source.delimiter,
        known=is_known,
    )
    mapping = fit(sheet.header, source.maps, source.fixed, source.default)
    if opened:
        opened(sheet, mapping)
    style, doubtful = _style(source, sheet, mapping)
    _test_given(mapping, style)
    rows = Rows(source, sheet, mapping, style, workspace, keep_cells=keep_cells)
    rows.gather()
    if doubtful:
        rows.warn(doubtful)
    return rows


def _style(source: Source, sheet: Sheet, mapping: Mapping) -> tuple[Style, str]:
    """How the sheet writes its dates, and what may be wrong with them all the same.

    Raises UndecidedDates when nothing tells their order.
    """
    if source.timezone:
        try:
            zone_of(source.timezone)
        except ValueError as error:
            raise WrongUse(f"--timezone: {error}.") from None
    days = [position for name, position in mapping.positions.items() if BY_NAME[name].kind is Kind.DATE]
    order, doubtful = date_order(sheet, days, source.dates) if days else (source.dates, "")
    return Style(order=order, zone=source.timezone), doubtful


def _test_given(mapping: Mapping, style: Style) -> None:
    """A value of --set or --default that can't be understood is no row's fault."""
    for option, given in (("--set", mapping.fixed), ("--default", mapping.default)):
        for name, text in given.items():
            try:
                decode(BY_NAME[name], text, style)
            except ValueError as error:
                raise UnusableMapping(f"{option} {name}={text}: {error}.") from None
