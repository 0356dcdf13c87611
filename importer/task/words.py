"""What words of values mean, in the languages that sheets come in: yes and no, priorities, nothing.

All but NOTHING are kept as `bare` leaves them: without case and accents.
"""

import unicodedata

_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff"))  # of no width, marks of direction


def tidy(text: str) -> str:
    """A text in composed letters, with single blanks and nothing that can't be seen."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_UNSEEN)).split())


def bare(word: str) -> str:
    """A word to look up: tidy, and without case, accents and variants of a sign."""
    letters = unicodedata.normalize("NFKD", tidy(word).casefold())
    return "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")


# Nothing, as tools and people write it. In text fields a word stays a word: a task may be called "None".
NOTHING = frozenset({"null", "none", "nil", "[]", "{}", "-", "–", "—", "(none)", "n/a"})

# fmt: off
YES = frozenset([
    "true", "yes", "1", "x", "[x]", "on", "y", "t", "v", "✓", "✔", "☑", "✅", "ja", "wahr", "oui", "vrai",
    "si", "verdadero", "sim", "verdadeiro", "waar",
])
NO = frozenset([
    "false", "no", "0", "[]", "[ ]", "off", "n", "f", "☐", "✗", "✘", "✖", "❌", "nein", "falsch", "non",
    "faux", "falso", "nao", "nee", "onwaar",
])
# What a column of done marks says of tasks that aren't.
UNDONE = frozenset([
    "not done", "not completed", "not complete", "incomplete", "open", "pending", "to do", "todo",
    "not started", "in progress", "active", "offen", "nicht erledigt", "unerledigt", "ausstehend",
    "in arbeit", "in bearbeitung", "nicht begonnen", "a faire", "en cours", "en attente",
    "non commence", "pendiente", "por hacer", "en curso", "en progreso", "no iniciado", "sin empezar",
    "pendente", "a fazer", "em andamento", "nao iniciado", "te doen", "bezig", "niet gestart",
])
# fmt: on

# word → priority; ~ before it: the nearest that there is.
PRIORITIES: dict[str, str] = {
    bare(word): priority
    for priority, words in {
        "none": "none|no priority|keine|ohne|aucune|ninguna|sin prioridad|nenhuma|sem prioridade|geen",
        "low": "low|niedrig|gering|basse|bas|faible|baja|bajo|baixa|baixo|laag",
        "medium": "medium|normal|moderate|mittel|moyenne|moyen|normale|media|medio|gemiddeld|normaal",
        "high": "high|important|hoch|wichtig|haute|haut|élevée|élevé|importante|alta|alto|hoog|belangrijk",
        "~low": "lowest|very low|trivial|minor|sehr niedrig|très basse|muy baja|muito baixa|zeer laag",
        "~high": "highest|very high|urgent|critical|blocker|major|asap|dringend|sehr hoch|kritisch|urgente"
        "|très haute|très élevée|critique|muy alta|crítica|crítico|muito alta|zeer hoog|kritiek",
    }.items()
    for word in words.split("|")
}
