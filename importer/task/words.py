"""What words of values mean, in the languages that sheets come in: yes and no, priorities, nothing."""

# Nothing, as tools and people write it. In text fields a word stays a word: a task may be called "None".
NOTHING = frozenset({"null", "none", "nil", "[]", "{}", "-", "–", "—", "(none)", "n/a"})

# fmt: off
YES = frozenset([
    "true", "yes", "1", "x", "on", "y", "t", "v", "✓", "✔", "☑", "✅", "ja", "wahr", "oui", "vrai", "sí",
    "si", "verdadero", "sim", "verdadeiro", "waar",
])
NO = frozenset([
    "false", "no", "0", "off", "n", "f", "☐", "nein", "falsch", "non", "faux", "falso", "não", "nao", "nee",
    "onwaar",
])
# fmt: on

# word → priority; ~ before it: the nearest that there is.
PRIORITIES: dict[str, str] = {
    word: priority
    for priority, words in {
        "none": "none|no priority|keine|ohne|aucune|ninguna|sin prioridad|nenhuma|sem prioridade|geen",
        "low": "low|niedrig|gering|basse|faible|baja|baixa|laag",
        "medium": "medium|normal|moderate|mittel|moyenne|normale|media|média|gemiddeld|normaal",
        "high": "high|important|hoch|wichtig|haute|élevée|importante|alta|hoog|belangrijk",
        "~low": "lowest|very low|trivial|minor|sehr niedrig|très basse|muy baja|muito baixa|zeer laag",
        "~high": "highest|very high|urgent|critical|blocker|major|asap|dringend|sehr hoch|kritisch|urgente"
        "|très haute|critique|muy alta|crítica|muito alta|zeer hoog|kritiek",
    }.items()
    for word in words.split("|")
}
