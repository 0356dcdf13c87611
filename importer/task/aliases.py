"""People's column titles in German, French, Spanish, Portuguese and Dutch, field by field.

The English ones stand in fields.py. A word that could as well name another field is left out, since a
column that nobody takes is seen, and one that is taken wrongly is not.
"""

# fmt: off
_WORDS = {
    "name": {
        "de": "aufgabe|aufgaben|aufgabenname|titel|betreff|bezeichnung|thema|vorgang|vorgangsname|todo",
        "fr": "tâche|taches|nom de la tâche|titre|intitulé|objet|sujet|libellé|nom",
        "es": "tarea|tareas|nombre de la tarea|título|asunto|nombre|resumen",
        "pt": "tarefa|tarefas|nome da tarefa|título|assunto|nome|resumo",
        "nl": "taak|taken|taaknaam|titel|onderwerp|naam",
    },
    "description": {
        "de": "beschreibung|details|inhalt",
        "fr": "description|descriptif|contenu|détails",
        "es": "descripción|contenido|detalles|detalle",
        "pt": "descrição|conteúdo|detalhes",
        "nl": "beschrijving|omschrijving|inhoud",
    },
    "notes": {
        "de": "notiz|notizen|bemerkung|bemerkungen|anmerkung|anmerkungen|kommentar|kommentare|hinweis|hinweise",
        "fr": "note|notes|remarque|remarques|commentaire|commentaires",
        "es": "nota|notas|observaciones|comentario|comentarios",
        "pt": "notas|anotações|observações|observação|comentário|comentários",
        "nl": "notitie|notities|opmerking|opmerkingen|aantekeningen",
    },
    "start_date": {
        "de": "start|beginn|anfang|startdatum|beginnt am|begonnen am|anfangsdatum|startet am|von|geplanter start",
        "fr": "début|date de début|commence le|date début|du",
        "es": "inicio|fecha de inicio|comienzo|empieza|fecha inicio|desde",
        "pt": "início|data de início|começo|começa em|data início",
        "nl": "begin|startdatum|begindatum|begint op|aanvang",
    },
    "end_date": {
        "de": "fällig|fällig am|fälligkeit|fälligkeitsdatum|frist|termin|ende|enddatum|endet am|abgabe|abgabetermin|bis|deadline|fertig bis|zu erledigen bis",
        "fr": "échéance|date d'échéance|date limite|fin|date de fin|à rendre|délai|au|date fin",
        "es": "vencimiento|fecha de vencimiento|fecha límite|fin|fecha de fin|plazo|fecha de entrega|entrega|hasta|fecha fin",
        "pt": "vencimento|data de vencimento|prazo|fim|data de término|término|data limite|data de entrega|entrega|data fim",
        "nl": "vervaldatum|einddatum|uiterste datum|einde|eind|klaar op|gereed op|inleverdatum|tot",
    },
    "estimated_mins": {
        "de": "aufwand|schätzung|geschätzter aufwand|geschätzte zeit|zeitschätzung|geplante zeit|soll|sollzeit|plan stunden|planstunden|geplante stunden|geschätzte stunden",
        "fr": "estimation|temps estimé|durée estimée|charge|charge estimée|effort|heures estimées|durée prévue",
        "es": "estimación|tiempo estimado|duración estimada|esfuerzo|horas estimadas|estimado",
        "pt": "estimativa|tempo estimado|duração estimada|esforço|horas estimadas|estimado",
        "nl": "schatting|geschatte tijd|geschatte duur|inspanning|geschatte uren|begroting uren",
    },
    "priority": {
        "de": "priorität|prio|wichtigkeit|dringlichkeit",
        "fr": "priorité|importance|urgence",
        "es": "prioridad|importancia|urgencia",
        "pt": "prioridade|importância|urgência",
        "nl": "prioriteit|belang|urgentie",
    },
    "project": {
        "de": "projekt|projektname",
        "fr": "projet|nom du projet",
        "es": "proyecto|nombre del proyecto",
        "pt": "projeto|projecto|nome do projeto",
        "nl": "project|projectnaam",
    },
    "client": {
        "de": "kunde|kundin|auftraggeber|kundenname|mandant",
        "fr": "client|nom du client",
        "es": "cliente|nombre del cliente",
        "pt": "cliente|nome do cliente",
        "nl": "klant|klantnaam|opdrachtgever",
    },
    "status": {
        "de": "status|zustand|stand|bearbeitungsstand",
        "fr": "statut|état|avancement",
        "es": "estado|situación|estatus",
        "pt": "estado|situação|status",
        "nl": "status|toestand|stand van zaken",
    },
    "tags": {
        "de": "schlagwort|schlagworte|schlagwörter|stichwort|stichworte|stichwörter|kategorie|kategorien|etikett|etiketten|label|labels",
        "fr": "étiquette|étiquettes|mots-clés|catégorie|catégories|libellés",
        "es": "etiqueta|etiquetas|categoría|categorías|palabras clave",
        "pt": "etiqueta|etiquetas|marcador|marcadores|categoria|categorias|rótulos|palavras-chave",
        "nl": "etiket|etiketten|trefwoord|trefwoorden|categorie|categorieën|labels",
    },
    "assignees": {
        "de": "verantwortlich|verantwortliche|verantwortlicher|zuständig|zuständige|zuständiger|bearbeiter|bearbeiterin|zugewiesen an|zugewiesen|wer|person|personen|mitarbeiter",
        "fr": "responsable|responsables|assigné à|assignée à|affecté à|attribué à|qui|personne|personnes|exécutant",
        "es": "responsable|responsables|asignado a|asignada a|asignado|persona asignada|encargado|encargada|quién|persona",
        "pt": "responsável|responsáveis|atribuído a|atribuída a|encarregado|quem|pessoa",
        "nl": "verantwoordelijk|verantwoordelijke|toegewezen aan|uitvoerder|wie|persoon|eigenaar",
    },
    "parent": {
        "de": "übergeordnet|übergeordnete aufgabe|oberaufgabe|hauptaufgabe|teil von|unteraufgabe von|gehört zu",
        "fr": "tâche parente|tâche parent|tâche principale|parent|sous-tâche de",
        "es": "tarea principal|tarea padre|tarea superior|subtarea de",
        "pt": "tarefa principal|tarefa pai|tarefa mãe|subtarefa de",
        "nl": "bovenliggende taak|hoofdtaak|ouder|onderdeel van|subtaak van",
    },
    "key": {
        "de": "nummer|lfd nr|lfd. nr.|kennung|schlüssel|vorgangsnummer|aufgabennummer",
        "fr": "numéro|n°|identifiant|clé|réf|référence",
        "es": "número|n.º|nº|identificador|clave|referencia",
        "pt": "número|identificador|chave|referência",
        "nl": "nummer|volgnummer|kenmerk|sleutel",
    },
    "billable": {
        "de": "abrechenbar|verrechenbar|fakturierbar",
        "fr": "facturable",
        "es": "facturable",
        "pt": "faturável|facturável",
        "nl": "factureerbaar|declarabel",
    },
    "private": {"de": "privat", "fr": "privé|privée", "es": "privado|privada", "pt": "privado|privada", "nl": "privé"},
    "done": {
        "de": "erledigt|erledigt am|fertig|abgeschlossen|abgeschlossen am|beendet",
        "fr": "terminé|terminée|achevé|fait|terminé le",
        "es": "hecho|terminado|terminada|completado|completada|finalizado|completado el",
        "pt": "feito|concluído|concluída|terminado|finalizado|concluído em",
        "nl": "klaar|gereed|afgerond|voltooid|afgerond op",
    },
    "dates": {"de": "zeitraum|zeitspanne", "fr": "période", "es": "periodo|período", "pt": "período", "nl": "periode"},
    "repeat": {
        "de": "wiederholung|wiederholt sich|turnus",
        "fr": "répétition|récurrence",
        "es": "repetición|recurrencia",
        "pt": "repetição|recorrência",
        "nl": "herhaling",
    },
    "timezone": {"de": "zeitzone", "fr": "fuseau horaire", "es": "zona horaria", "pt": "fuso horário", "nl": "tijdzone"},
    "color": {"de": "farbe", "fr": "couleur", "es": "color", "pt": "cor", "nl": "kleur"},
}
# fmt: on

ALIASES: dict[str, tuple[str, ...]] = {
    name: tuple(alias for words in languages.values() for alias in words.split("|"))
    for name, languages in _WORDS.items()
}
