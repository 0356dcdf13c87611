"""Import: check a sheet, find out which of its rows are tasks already, create the others, and report.

The journal is asked before any request is spent. A run that will write begins with one reading of the newest
tasks, settles what an earlier run left open, looks names up, asks, and delivers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from secrets import token_hex

from importer.delivery.journal import Journal, journal_path
from importer.errors import ComeBackLater, TasksheetError, UnwritableFile
from importer.focus.client import Client
from importer.run.check import read
from importer.run.known import Answers
from importer.run.loading import Loading, Options
from importer.run.reports import Report
from importer.run.rows import Rows
from importer.run.source import Source
from importer.run.summary import Preview, Question, Summary
from importer.settings import Connection, state_folder
from importer.sheet.base import Sheet
from importer.task.mapping import Mapping as Columns
from importer.watch import SILENT, Patience, Stopped, Watch, pause

_AS_IT_IS = Options()


def load(
    source: Source,
    connection: Connection,
    options: Options = _AS_IT_IS,
    *,
    ask: Callable[[Preview], bool] = lambda preview: True,
    ask_new: Callable[[Question], Answers | None] = lambda question: None,
    told: Callable[[Sheet, Columns], None] = lambda sheet, mapping: None,
    watch: Watch = SILENT,
    stopped: Stopped | None = None,
) -> Summary:
    """Check `source` and create its tasks, those that earlier imports did not create.

    `ask` decides before anything is written, `ask_new` which rows in question are new; `told` gets
    the sheet and its columns as soon as they are known; `stopped` may end it between two requests.
    Raises what stops it before the first row is sent; later failures are in the Summary, beside what
    was done until then.
    """
    rows = read(source, opened=told, workspace=connection, keep_cells=True)
    path = journal_path(state_folder(options.state), connection.known_as)
    run = None if options.dry_run else _new_run()
    stopped = stopped or Stopped()
    patience = Patience(options.limits.max_wait, watch, stopped)

    def sleep(seconds: float) -> None:
        pause(seconds, "trying again", SILENT, stopped)

    with (
        Journal(
            path, connection.known_as, writing=run is not None, run=run or "", file=str(source.path)
        ) as journal,
        _reported(source, rows, connection, options, journal) as report,
        Client(connection, watch=watch.note, wait=patience, sleep=sleep) as client,
    ):
        while run is not None and journal.has_run(run):  # by chance one of the same second bears it
            run = _new_run()
        loading = Loading(run, rows, options, journal, client, patience, stopped, watch, ask, ask_new)
        try:
            summary = loading.load(source, connection, report)
        except TasksheetError as error:
            error.counts["requests"] = client.requests
            raise
        return _told(summary, rows, report, client, journal)


@contextmanager
def _reported(
    source: Source, rows: Rows, connection: Connection, options: Options, journal: Journal
) -> Iterator[Report]:
    """The folder of the report, made before any request so that one that can't be written costs none."""
    report = Report(source.path, rows.sheet.name, connection, options.report, journal.has_run)
    if not options.dry_run:
        report.make()
    try:
        yield report
    except BaseException:
        report.discard()
        raise


def _told(summary: Summary, rows: Rows, report: Report, client: Client, journal: Journal) -> Summary:
    """Count the requests, end the run, write the report."""
    summary.requests = client.requests
    if summary.run is None:
        return summary
    summary.report = report.folder
    try:
        report.write(summary.as_json(), rows, summary.outcomes)
    except UnwritableFile as error:  # what was done is told all the same
        if summary.error is None or summary.error.status == ComeBackLater.status:
            summary.error = error
    if journal.has_run(summary.run):
        try:
            journal.end(summary.run, summary.requests, str(summary.error or ""))
        except TasksheetError as error:
            summary.error = summary.error or error
    return summary


def _new_run() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(2)}"
