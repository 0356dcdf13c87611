"""Demo: the samples into a practice workspace of their own, and out again."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from importer.delivery.drafts import Kind
from importer.errors import UnwritableFile
from importer.resources import folder
from importer.run.export import export
from importer.run.load import load
from importer.run.loading import Options
from importer.run.practice import practice_workspace
from importer.run.source import Source
from importer.run.summary import Summary
from importer.run.wanted import Exported, Wanted
from importer.settings import Connection, Key
from importer.watch import Watch

SAMPLES = (
    "website-relaunch.csv",
    "warehouse-roadmap.xlsx",
    "asana-spring-campaign.csv",
    "aufgaben-migration.csv",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demo did: an import a sample, then the exports."""

    imports: tuple[tuple[Path, Summary], ...]
    exports: tuple[Exported, ...]
    out: Path

    @property
    def created(self) -> int:
        return sum(summary.counts[Kind.CREATED] - summary.folded for _, summary in self.imports)


def demo(state: Path, out: Path, watch: Watch) -> Shown:
    """Import every sample into one fresh practice workspace, and export that to `out`.

    Reports go to `out` as well. The workspace lies in `demo/` of the state folder and starts anew
    each time, so that the demo shows the same however often it runs.
    """
    own = state / "demo"
    try:
        shutil.rmtree(own, ignore_errors=True)
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFile(f"{out} can't be made: {error.strerror}; run the demo elsewhere.") from error
    with practice_workspace(own) as (url, identity):
        connection = Connection(url, 1, 1, Key("toggl_sk_practice"), identity)
        imports = tuple(
            (folder("samples") / name, _import(folder("samples") / name, connection, own, out, watch))
            for name in SAMPLES
        )
        exports = tuple(export(connection, Wanted(out / name), watch) for name in ("tasks.xlsx", "tasks.csv"))
    return Shown(imports, exports, out)


def _import(sample: Path, connection: Connection, state: Path, out: Path, watch: Watch) -> Summary:
    watch.note("")
    watch.note(f"$ tasksheet import samples/{sample.name} --sandbox --yes")
    report = out / f"{sample.stem}-import"
    if (report / "run.json").is_file():  # of an earlier demo
        shutil.rmtree(report, ignore_errors=True)
    return load(
        Source(sample),
        connection,
        Options(report=report, state=state),
        watch=watch,
    )
