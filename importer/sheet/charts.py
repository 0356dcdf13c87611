"""Charts of Excel's own, of rows that stand on the same sheet.

They hold what they show besides, so that programs that only look (previews, Protected View) draw them too.
"""

from collections.abc import Sequence
from typing import Any

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumRef,
    NumVal,
    StrData,
    StrRef,
    StrVal,
)
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import DataPoint
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.chart.title import title_maker
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RichTextProperties

from importer.sheet.table import Panel, Rows

_INK, _FAINT = "404040", "D9D9D9"
_MOST_LYING = 8  # labels below a chart; more of them stand on end
_UPRIGHT = -5_400_000  # 60,000ths of a degree
_GAP = 80_000  # between charts side by side; 360,000ths of a centimetre


def chart_of(sheet: Any, panel: Panel, rows: Rows, row: int, column: int) -> Any:
    """The chart of a panel whose header stands in `row`, from `column` on, with `rows` below it."""
    look = panel.chart
    shown = rows if look.ends else rows[1:-1]
    first = row + (1 if look.ends else 2)
    chart: Any = BarChart()
    chart.type, chart.grouping = ("bar", "clustered") if look.kind == "bars" else ("col", "stacked")
    chart.overlap, chart.gapWidth = (0, 45) if look.kind == "bars" else (100, 40)
    chart.roundedCorners = False
    chart.graphical_properties = GraphicalProperties(solidFill="FFFFFF", ln=_line(_FAINT))
    chart.title = _title(panel.name, 1200, bold=True)
    numbers = [n for n, each in enumerate(panel.columns) if n and each.form in ("integer", "number")]
    labels = AxDataSource(strRef=_texts(_place(sheet, column, first, len(shown)), [r[0] for r in shown]))
    for index, number in enumerate(numbers):
        place = _place(sheet, column + number, first, len(shown))
        series = Series(idx=index, order=index)
        series.tx = SeriesLabel(
            strRef=_texts(_place(sheet, column + number, row, 1), [panel.columns[number].title])
        )
        series.cat, series.val = labels, NumDataSource(numRef=_numbers(place, [r[number] for r in shown]))
        if look.colours:
            series.spPr = GraphicalProperties(solidFill=look.colours[index])
        if look.by is not None:
            series.dPt = [_point(i, look.tints.get(r[look.by])) for i, r in enumerate(shown)]
        series.invertIfNegative = False
        chart.series.append(series)
    chart.legend = Legend(legendPos="b") if len(numbers) > 1 else None
    if len(numbers) == 1:
        chart.dataLabels = DataLabelList(showVal=True, **_NOTHING_ELSE)
        chart.dataLabels.txPr = _letters(900)
    _axes(chart, panel, len(shown))
    return chart


_NOTHING_ELSE = dict.fromkeys(
    ("showSerName", "showCatName", "showLegendKey", "showPercent", "showBubbleSize"), False
)


def anchor(chart: Any, left: int, top: int, right: int, bottom: int) -> None:
    """Let a chart cover a range of cells: its first column and row, and the ones after its last, from 0."""
    begin = AnchorMarker(col=left, row=top, colOff=_GAP if left else 0)
    chart.anchor = TwoCellAnchor(editAs="oneCell", _from=begin, to=AnchorMarker(col=right, row=bottom))


def _axes(chart: Any, panel: Panel, labels: int) -> None:
    names, values = chart.x_axis, chart.y_axis
    names.delete = values.delete = False  # else openpyxl's charts come without
    names.title = None
    values.title = _title(panel.chart.unit, 900)
    values.number_format, values.majorGridlines.spPr = "#,##0", GraphicalProperties(ln=_line(_FAINT))
    values.scaling.min = 0
    values.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    names.graphicalProperties = GraphicalProperties(ln=_line("A6A6A6"))
    names.majorTickMark = values.majorTickMark = "none"
    names.tickLblPos = "low"
    names.tickLblSkip = 1
    names.noMultiLvlLbl, values.txPr = True, _letters(900)
    if panel.chart.kind == "bars":
        names.scaling.orientation = "maxMin"  # the first on top, as in the table
        values.crosses = "max"
        names.txPr = _letters(900 if labels <= _MOST_LYING else 800)
    else:
        names.txPr = _letters(900, _UPRIGHT if labels > _MOST_LYING else None)


def _place(sheet: Any, column: int, row: int, count: int) -> str:
    return str(Reference(sheet, min_col=column, min_row=row, max_row=row + count - 1))


def _texts(place: str, texts: Sequence[Any]) -> StrRef:
    points = [StrVal(idx=i, v=str(text)) for i, text in enumerate(texts)]
    return StrRef(f=place, strCache=StrData(ptCount=len(points), pt=points))


def _numbers(place: str, numbers: Sequence[Any]) -> NumRef:
    points = [NumVal(idx=i, v=str(number)) for i, number in enumerate(numbers)]
    return NumRef(f=place, numCache=NumData(formatCode="General", ptCount=len(points), pt=points))


def _point(index: int, colour: str | None) -> DataPoint:
    return DataPoint(
        idx=index, invertIfNegative=False, spPr=GraphicalProperties(solidFill=colour or "A6A6A6")
    )


def _line(colour: str) -> LineProperties:
    return LineProperties(solidFill=colour, w=9525)


def _title(text: str, size: int, *, bold: bool = False) -> Any:
    title: Any = title_maker(text)
    title.overlay = False
    look = CharacterProperties(sz=size, b=bold, solidFill=_INK)
    for paragraph in title.tx.rich.paragraphs:
        paragraph.pPr.defRPr = look
        for run in paragraph.r:
            run.rPr = look
    return title


def _letters(size: int, turned: int | None = None) -> RichText:
    look = CharacterProperties(sz=size, solidFill=_INK)
    return RichText(
        bodyPr=RichTextProperties(rot=turned, vert="horz" if turned else None),
        p=[Paragraph(pPr=ParagraphProperties(defRPr=look), endParaRPr=look)],
    )
