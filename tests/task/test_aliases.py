"""Column titles in several languages."""

from collections import defaultdict

import pytest

from importer.task.aliases import ALIASES
from importer.task.fields import INPUT
from importer.task.mapping import fit
from importer.task.preset import title_of


def test_no_alias_names_two_fields() -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for name, aliases in ALIASES.items():
        for alias in aliases:
            named[title_of(alias)].add(name)
    for field in INPUT:
        for alias in (field.name, *field.aliases):
            named[title_of(alias)].add(field.name)
    assert {alias: names for alias, names in named.items() if len(names) > 1} == {}


def test_every_alias_names_a_field_that_is_imported() -> None:
    assert ALIASES.keys() <= {field.name for field in INPUT}


@pytest.mark.parametrize(
    "header",
    [
        ["Title", "Description", "Start date", "Due date", "Estimate (h)", "Priority", "Project", "Status", "Labels", "Owner"],
        ["Aufgabe", "Beschreibung", "Beginn", "Fällig am", "Aufwand (Std.)", "Priorität", "Projekt", "Status", "Schlagwörter", "Zuständig"],
        ["Tâche", "Description", "Date de début", "Échéance", "Temps estimé (h)", "Priorité", "Projet", "Statut", "Étiquettes", "Assigné à"],
        ["Tarea", "Descripción", "Fecha de inicio", "Fecha de vencimiento", "Tiempo estimado (h)", "Prioridad", "Proyecto", "Estado", "Etiquetas", "Asignado a"],
        ["Tarefa", "Descrição", "Data de início", "Prazo", "Tempo estimado (h)", "Prioridade", "Projeto", "Situação", "Etiquetas", "Responsável"],
        ["Taak", "Omschrijving", "Begindatum", "Vervaldatum", "Geschatte tijd (uur)", "Prioriteit", "Project", "Toestand", "Trefwoorden", "Toegewezen aan"],
    ],
    ids=["en", "de", "fr", "es", "pt", "nl"],
)  # fmt: skip
def test_a_sheet_in_each_language_is_understood(header: list[str]) -> None:
    assert list(fit(header).positions) == [
        "name", "description", "start_date", "end_date", "estimated_mins", "priority", "project", "status", "tags",
        "assignees",
    ]  # fmt: skip
