"""The fixed words of the public site, in each language it speaks: one row a phrase, side by side.

Titles and updates are in the words of whoever wrote them and are not translated here. The sentences of
notices are in `tidegate.inform.phrases`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.inform.draft import when_text
from tidegate.inform.phrases import LANGUAGES, Phrases
from tidegate.present.phrase import Row, phrase
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageState

_ROWS: Mapping[str, Row] = {
    "language": ("English", "Deutsch", "Français", "Español"),
    "skip": ("Skip to the answer", "Zur Antwort springen", "Aller à la réponse", "Ir a la respuesta"),
    # -- names of pages
    "now": ("Now", "Jetzt", "Maintenant", "Ahora"),
    "history": ("History", "Verlauf", "Historique", "Historial"),
    "uptime": ("Uptime", "Verfügbarkeit", "Disponibilité", "Disponibilidad"),
    "maintenance": ("Maintenance", "Wartung", "Maintenance", "Mantenimiento"),
    "record": ("How we speak", "Wie wir informieren", "Notre parole", "Cómo informamos"),
    "follow": ("Follow", "Folgen", "Suivre", "Seguir"),
    "pages": ("Pages", "Seiten", "Pages", "Páginas"),
    "languages": ("Languages", "Sprachen", "Langues", "Idiomas"),
    # -- how a component is
    "operational": ("works", "funktioniert", "fonctionne", "funciona"),
    "degraded_performance": ("degraded", "beeinträchtigt", "dégradé", "degradado"),
    "partial_outage": ("out in part", "teilweise ausgefallen", "en panne partielle", "caído en parte"),
    "major_outage": ("out", "ausgefallen", "en panne", "caído"),
    "under_maintenance": ("maintenance", "in Wartung", "en maintenance", "en mantenimiento"),
    "unknown": ("unknown", "unbekannt", "inconnu", "desconocido"),
    # -- where an outage stands
    "emerging": ("looking into it", "wird geprüft", "à l’examen", "en estudio"),
    "confirmed": ("confirmed", "bestätigt", "confirmé", "confirmado"),
    "contained": ("contained", "eingedämmt", "contenu", "contenido"),
    "recovering": ("recovering", "erholt sich", "rétablissement en cours", "recuperándose"),
    "resolved": ("over", "vorbei", "terminé", "terminado"),
    "merged": ("part of another outage", "Teil einer anderen Störung", "partie d’une autre panne",
               "parte de otro fallo"),
    "false_alarm": ("false alarm", "Fehlalarm", "fausse alerte", "falsa alarma"),
    "exercise": ("exercise", "Übung", "exercice", "simulacro"),
    # -- what this site may not have heard
    "apart": ("This page is made by site {}, which has not heard from {} since {}.",
              "Diese Seite macht Standort {}; er hat von {} nichts mehr gehört seit {}.",
              "Cette page est faite par le site {}, qui n’a rien entendu de {} depuis {}.",
              "Esta página la hace el sitio {}, que no sabe nada de {} desde {}."),
    "apart_never": ("This page is made by site {}, which has not heard from {} yet.",
                    "Diese Seite macht Standort {}, der von {} noch nichts gehört hat.",
                    "Cette page est faite par le site {}, qui n’a encore rien entendu de {}.",
                    "Esta página la hace el sitio {}, que aún no sabe nada de {}."),
    "forked": ("The record of site {} contradicts itself: the last that it said may be missing here.",
               ("Was Standort {} aufgezeichnet hat, widerspricht sich: Sein Letztes fehlt hier "
               "womöglich."),
               "Le registre du site {} se contredit : ses derniers mots manquent peut-être ici.",
               "El registro del sitio {} se contradice: puede faltar aquí lo último que dijo."),
    "fork_seen": (("The record of site {} contradicted itself. We have looked into it; the last that it said "
                   "may still be missing here."),
                  ("Was Standort {} aufgezeichnet hat, widersprach sich. Wir sind dem nachgegangen; sein "
                   "Letztes fehlt hier womöglich noch."),
                  ("Le registre du site {} se contredisait. Nous l’avons examiné ; ses derniers mots "
                   "manquent peut-être encore ici."),
                  ("El registro del sitio {} se contradecía. Lo hemos examinado; aún puede faltar aquí lo "
                   "último que dijo.")),
    "parted": ("Our other sites take in nothing that site {} says, which makes this page: look at theirs.",
               ("Unsere anderen Standorte nehmen nichts auf, was Standort {} sagt, der diese Seite macht: "
               "Sehen Sie auf ihren nach."),
               ("Nos autres sites ne reprennent rien de ce que dit le site {}, qui fait cette page : "
               "consultez les leurs."),
               ("Nuestros otros sitios no recogen nada de lo que dice el sitio {}, que hace esta página: "
               "consulte las suyas.")),
    # -- the answer
    "all_work": ("Everything works", "Alles funktioniert", "Tout fonctionne", "Todo funciona"),
    "hit": ("{count} of {all} components do not work as they should",
            "{count} von {all} Komponenten funktionieren nicht wie vorgesehen",
            "{count} composants sur {all} ne fonctionnent pas comme prévu",
            "{count} de {all} componentes no funcionan como deberían"),
    "hit_only": ("The one component does not work as it should",
                 "Die einzige Komponente funktioniert nicht wie vorgesehen",
                 "Le seul composant ne fonctionne pas comme prévu",
                 "El único componente no funciona como debería"),
    "hit_one": ("1 of {all} components does not work as it should",
                "1 von {all} Komponenten funktioniert nicht wie vorgesehen",
                "1 composant sur {all} ne fonctionne pas comme prévu",
                "1 de {all} componentes no funciona como debería"),
    "unknown_count": ("We do not know how {count} of {all} components are",
                      "Von {count} der {all} Komponenten wissen wir nicht, wie es ihnen geht",
                      "Nous ne savons pas comment vont {count} composants sur {all}",
                      "No sabemos cómo están {count} de {all} componentes"),
    "maintained": ("{count} of {all} components are under maintenance; the others work",
                   "{count} von {all} Komponenten sind in Wartung; die anderen funktionieren",
                   "{count} composants sur {all} sont en maintenance ; les autres fonctionnent",
                   "{count} de {all} componentes están en mantenimiento; los demás funcionan"),
    "looking": ("There is a problem; no component is named yet",
                "Es gibt ein Problem; noch ist keine Komponente benannt",
                "Il y a un problème ; aucun composant n’est encore nommé",
                "Hay un problema; aún no se nombra ningún componente"),
    "groups": ("{count} groups of customers are affected", "{count} Kundengruppen sind betroffen",
               "{count} groupes de clients sont touchés", "{count} grupos de clientes están afectados"),
    "groups_one": ("One group of customers is affected", "Eine Kundengruppe ist betroffen",
                   "Un groupe de clients est touché", "Un grupo de clientes está afectado"),
    "empty": ("No component is on record yet", "Noch ist keine Komponente verzeichnet",
              "Aucun composant n’est encore enregistré", "Aún no hay ningún componente registrado"),
    "empty_how": ("Components appear here as soon as the operator declares them.",
                  "Komponenten erscheinen hier, sobald der Betreiber sie einträgt.",
                  "Les composants apparaissent ici dès que l’exploitant les déclare.",
                  "Los componentes aparecen aquí en cuanto el operador los declara."),
    "as_of": ("As of", "Stand", "État à", "Situación a las"),
    "believe": ("Good until {}; after that, take it as unknown.",
                "Gültig bis {}; danach gilt es als unbekannt.",
                "Valable jusqu’à {} ; ensuite, considérez-le comme inconnu.",
                "Vale hasta {}; después, téngalo por desconocido."),
    "stale": ("We do not know how things are now", "Wir wissen nicht, wie es jetzt steht",
              "Nous ne savons pas où en sont les choses", "No sabemos cómo están las cosas ahora"),
    "stale_why": ("This copy was good until {}. What follows was so then.",
                  "Diese Fassung galt bis {}. Was folgt, war damals so.",
                  "Cette copie valait jusqu’à {}. Ce qui suit était vrai alors.",
                  "Esta copia valía hasta {}. Lo que sigue era así entonces."),
    "past_page": ("This page tells of the past; {} tells how things are.",
                  "Diese Seite erzählt von Vergangenem; wie es steht, sagt {}.",
                  "Cette page parle du passé ; {} dit où en sont les choses.",
                  "Esta página habla del pasado; {} dice cómo están las cosas."),
    "front": ("the front page", "die Startseite", "la page d’accueil", "la portada"),
    # -- sections of the front page
    "open": ("What is wrong", "Was nicht stimmt", "Ce qui ne va pas", "Lo que falla"),
    "components": ("Components", "Komponenten", "Composants", "Componentes"),
    "others": ("Other components", "Weitere Komponenten", "Autres composants", "Otros componentes"),
    "group": ("Group", "Gruppe", "Groupe", "Grupo"),
    "no_region": ("elsewhere", "anderswo", "ailleurs", "en otro lugar"),
    "by_region": ("By group and region", "Nach Gruppe und Region", "Par groupe et région",
                  "Por grupo y región"),
    "all_of": ("all {} work", "alle {} funktionieren", "les {} fonctionnent", "los {} funcionan"),
    "some_of_one": ("1 of {all} does not", "1 von {all} nicht", "1 sur {all} non", "1 de {all} no"),
    "some_of": ("{count} of {all} do not", "{count} von {all} nicht", "{count} sur {all} non",
                "{count} de {all} no"),
    "listed_in": ("All components are listed under {}.", "Alle Komponenten stehen unter {}.",
                  "Tous les composants figurent sous {}.", "Todos los componentes están en {}."),
    "planned": ("Planned work", "Geplante Arbeiten", "Travaux prévus", "Trabajos previstos"),
    "recent": ("Over in the last 14 days", "In den letzten 14 Tagen beendet",
               "Terminés ces 14 derniers jours", "Terminados en los últimos 14 días"),
    "none_recent": ("No outage in the last 14 days.", "Keine Störung in den letzten 14 Tagen.",
                    "Aucune panne ces 14 derniers jours.", "Ningún fallo en los últimos 14 días."),
    # -- an outage
    "since": ("since", "seit", "depuis", "desde"),
    "until": ("until", "bis", "jusqu’à", "hasta"),
    "lasts": ("for {}", "seit {}", "depuis {}", "desde hace {}"),
    "lasted": ("lasted {}", "dauerte {}", "a duré {}", "duró {}"),
    "affected": ("Affected", "Betroffen", "Touchés", "Afectados"),
    "was_affected": ("What it touched", "Was es traf", "Ce qu’il a touché", "Lo que afectó"),
    "who": ("Who is affected", "Wer betroffen ist", "Qui est touché", "A quién afecta"),
    "who_was": ("Who was affected", "Wer betroffen war", "Qui a été touché", "A quién afectó"),
    "loses": ("does not work", "funktioniert nicht", "ne fonctionne pas", "no funciona"),
    "keeps": ("goes on", "läuft weiter", "continue", "sigue"),
    "lost": ("did not work", "funktionierte nicht", "ne fonctionnait pas", "no funcionaba"),
    "kept": ("went on", "lief weiter", "continuait", "siguió"),
    "more": ("and {} more", "und {} weitere", "et {} autres", "y {} más"),
    "updates": ("What we said", "Was wir gesagt haben", "Ce que nous avons dit", "Lo que dijimos"),
    "latest": ("Latest word", "Zuletzt gesagt", "Dernière information", "Última información"),
    "no_words": ("We know of it and are writing the first words.",
                 "Wir wissen davon und schreiben die ersten Worte.",
                 "Nous en avons connaissance et rédigeons les premiers mots.",
                 "Lo sabemos y estamos escribiendo las primeras palabras."),
    "never_said": ("Nothing was said of it while it lasted.", "Dazu wurde nichts gesagt, solange es dauerte.",
                   "Rien n’a été dit tant que cela durait.", "No se dijo nada mientras duró."),
    "next": ("We speak again by {}.", "Wir melden uns wieder bis {}.", "Prochaine information avant {}.",
             "Volveremos a informar antes de {}."),
    "overdue": ("We promised to speak by {} and did not. We are late.",
                "Wir hatten ein Wort bis {} versprochen und schulden es noch.",
                "Nous avions promis une information avant {} ; nous sommes en retard.",
                "Prometimos informar antes de {} y no lo hicimos. Vamos con retraso."),
    "all_updates": ("All updates", "Alle Meldungen", "Toutes les informations", "Todas las informaciones"),
    "possible": ("possible, not yet certain", "möglich, noch nicht sicher", "possible, pas encore certain",
                 "posible, aún no seguro"),
    "likely": ("likely, not yet certain", "wahrscheinlich, noch nicht sicher", "probable, pas encore certain",
               "probable, aún no seguro"),
    "drill": ("Exercise: nothing is broken", "Übung: nichts ist ausgefallen",
              "Exercice : rien n’est en panne", "Simulacro: nada ha fallado"),
    "merged_into": ("It is part of {}.", "Es ist Teil von {}.", "C’est une partie de {}.", "Es parte de {}."),
    "another": ("another outage", "einer anderen Störung", "une autre panne", "otro fallo"),
    "corrected": ("This record was corrected at {}.", "Dieser Eintrag wurde um {} berichtigt.",
                  "Cette fiche a été corrigée à {}.", "Este registro se corrigió a las {}."),
    "for_you": ("for {} only", "nur für {}", "pour {} uniquement", "solo para {}"),
    "states": ("How it went", "Wie es verlief", "Déroulement", "Cómo transcurrió"),
    "began": ("began", "begann", "début", "empezó"),
    # -- history, uptime, maintenance
    "no_outages": ("No outage is on record.", "Keine Störung ist verzeichnet.",
                   "Aucune panne n’est enregistrée.", "No hay ningún fallo registrado."),
    "years": ("Years", "Jahre", "Années", "Años"),
    "uptime_of": ("Share of time up, {first} to {last}", "Anteil der Zeit in Betrieb, {first} bis {last}",
                  "Part du temps en service, du {first} au {last}",
                  "Parte del tiempo en servicio, del {first} al {last}"),
    "uptime_how": (
        ("Whole days in UTC, the last 90 up to yesterday. A second out counts whole, a second out in part "
        "counts 0.3, a degraded one not at all; maintenance and drills are left out."),
        ("Ganze Tage in UTC, die letzten 90 bis gestern. Eine Sekunde Ausfall zählt ganz, eine Sekunde "
        "Teilausfall 0,3, eine beeinträchtigte nicht; Wartung und Übungen sind ausgenommen."),
        ("Jours entiers en UTC, les 90 derniers jusqu’à hier. Une seconde de panne compte entièrement, une "
        "seconde de panne partielle 0,3, une seconde dégradée rien ; maintenance et exercices exclus."),
        ("Días enteros en UTC, los últimos 90 hasta ayer. Un segundo caído cuenta entero, uno caído en parte "
        "0,3, uno degradado nada; mantenimiento y simulacros no cuentan.")),
    "arithmetic": ("The arithmetic", "Die Rechnung", "Le calcul", "El cálculo"),
    "no_day": ("no whole day yet", "noch kein ganzer Tag", "pas encore de jour entier",
               "aún ningún día entero"),
    "left_out": ("{} left out", "{} ausgenommen", "{} exclu", "{} excluido"),
    "days_hit": ("{count} of {all} days with an outage", "{count} von {all} Tagen mit Störung",
                 "{count} jours sur {all} avec une panne", "{count} de {all} días con fallo"),
    "its_outages": ("Its outages", "Seine Störungen", "Ses pannes", "Sus fallos"),
    "all_outages": ("All outages of {}", "Alle Störungen {}", "Toutes les pannes de {}",
                    "Todos los fallos de {}"),
    "no_work": ("No work is planned.", "Keine Arbeiten sind geplant.", "Aucuns travaux ne sont prévus.",
                "No hay trabajos previstos."),
    "past_work": ("Done or cancelled", "Erledigt oder abgesagt", "Terminés ou annulés",
                  "Hechos o cancelados"),
    "touches": ("Touches", "Betrifft", "Concerne", "Afecta a"),
    "cancelled": ("cancelled", "abgesagt", "annulé", "cancelado"),
    "running": ("under way", "läuft", "en cours", "en curso"),
    "calendar": ("Calendar", "Kalender", "Calendrier", "Calendario"),
    # -- how we speak
    "record_lead": ("How long our first words took, and whether we spoke when we had promised to.",
                    "Wie lange unsere ersten Worte brauchten, und ob wir sprachen, wann wir es versprachen.",
                    "Le délai de nos premiers mots, et si nous avons parlé quand nous l’avions promis.",
                    "Cuánto tardaron nuestras primeras palabras y si hablamos cuando lo prometimos."),
    "first_word": ("First words after", "Erste Worte nach", "Premiers mots après", "Primeras palabras tras"),
    "median": ("Median of {} outages", "Median von {} Störungen", "Médiane de {} pannes",
               "Mediana de {} fallos"),
    "median_one": ("One outage", "Eine Störung", "Une panne", "Un fallo"),
    "kept_promises": ("Promises kept", "Gehaltene Zusagen", "Promesses tenues", "Promesas cumplidas"),
    "updates_count": ("Updates", "Meldungen", "Informations", "Informaciones"),
    "outage": ("Outage", "Störung", "Panne", "Fallo"),
    "nothing_said": ("nothing said", "nichts gesagt", "rien dit", "nada dicho"),
    "of": ("{count} of {all}", "{count} von {all}", "{count} sur {all}", "{count} de {all}"),
    "no_promise": ("none made", "keine gegeben", "aucune", "ninguna"),
    # -- follow
    "follow_lead": ("All of this is plain files: they can be read while everything else is out.",
                    "All dies sind einfache Dateien: Man kann sie lesen, auch wenn alles andere ausfällt.",
                    "Ce ne sont que de simples fichiers : on peut les lire quand tout le reste est en panne.",
                    "Todo esto son simples archivos: se pueden leer aunque todo lo demás falle."),
    "feeds": ("Feeds of every update", "Feeds mit jeder Meldung", "Flux de chaque information",
              "Fuentes con cada información"),
    "machine": ("For programs", "Für Programme", "Pour les programmes", "Para programas"),
    "machine_what": ("The paths and fields of the Statuspage API, version 2.",
                     "Pfade und Felder der Statuspage-API, Version 2.",
                     "Les chemins et champs de l’API Statuspage, version 2.",
                     "Las rutas y campos de la API de Statuspage, versión 2."),
    "badges": ("Badge", "Abzeichen", "Badge", "Insignia"),
    "badge_what": ("A badge cannot show its age: link it to this page.",
                   "Ein Abzeichen zeigt sein Alter nicht: Verlinken Sie es mit dieser Seite.",
                   "Un badge ne montre pas son âge : reliez-le à cette page.",
                   "Una insignia no muestra su edad: enlácela con esta página."),
    "subscribe": ("Be told", "Benachrichtigt werden", "Être averti", "Recibir avisos"),
    "subscribe_segment": ("Be told, also what is for {} only",
                          "Benachrichtigt werden, auch von dem, was nur für {} ist",
                          "Être averti, aussi de ce qui est réservé à {}",
                          "Recibir avisos, también los que son solo para {}"),
    "help": ("Ask for help", "Hilfe anfordern", "Demander de l’aide", "Pedir ayuda"),
    "signed": ("Signed", "Signiert", "Signé", "Firmado"),
    "signed_what": (("{} names the hash of every file, until when it may be believed, and who signed it; "
                    "with the key below anybody can check any copy."),
                    ("{} nennt die Prüfsumme jeder Datei, die Gültigkeit und die Signatur; mit dem Schlüssel "
                    "unten lässt sich jede Kopie prüfen."),
                    ("{} donne l’empreinte de chaque fichier, la durée de validité et la signature ; avec la "
                    "clé ci-dessous, chacun peut vérifier toute copie."),
                    ("{} da la huella de cada archivo, hasta cuándo vale y quién lo firmó; con la clave de "
                    "abajo cualquiera puede comprobar cualquier copia.")),
    # -- copies
    "copies": ("Copies of this site", "Kopien dieser Seite", "Copies de ce site", "Copias de este sitio"),
    "copies_look": ("Looks old? Read a copy", "Sieht alt aus? Eine Kopie lesen",
                    "Semble ancien ? Lire une copie", "¿Parece antigua? Leer una copia"),
    "copies_lead": ("The same site is read from several places, which do not depend on each other.",
                    "Dieselbe Seite steht an mehreren Orten, die nicht voneinander abhängen.",
                    "Le même site se lit à plusieurs endroits qui ne dépendent pas les uns des autres.",
                    "El mismo sitio se lee en varios lugares que no dependen unos de otros."),
    "copies_old": ("If this page looks old, read it there:", "Sieht diese Seite alt aus, lesen Sie sie dort:",
                   "Si cette page semble ancienne, lisez-la là :",
                   "Si esta página parece antigua, léala allí:"),
    "copies_none": ("No other place is known.", "Kein anderer Ort ist bekannt.",
                    "Aucun autre endroit n’est connu.", "No se conoce ningún otro lugar."),
    "copies_believe": ("Where two copies that are still good tell different things, believe the worse.",
                       "Sagen zwei Kopien, die noch gelten, Verschiedenes, glauben Sie der schlechteren.",
                       "Si deux copies encore valables disent des choses différentes, croyez la pire.",
                       "Si dos copias que aún valen dicen cosas distintas, crea la peor."),
    "copies_ask": ("Ask all of them which tells of the most", "Alle fragen, welche am meisten weiß",
                   "Demander à toutes laquelle en sait le plus", "Preguntar a todas cuál sabe más"),
    "copy_asking": ("is asked …", "wird gefragt …", "est interrogée …", "se le pregunta …"),
    "copy_newer": ("tells of more than this page: read it", "weiß mehr als diese Seite: Lesen Sie sie",
                   "en dit plus que cette page : lisez-la", "dice más que esta página: léala"),
    "copy_same": ("tells of the same as this page", "weiß dasselbe wie diese Seite",
                  "dit la même chose que cette page", "dice lo mismo que esta página"),
    "copy_older": ("tells of less than this page", "weiß weniger als diese Seite",
                   "en dit moins que cette page", "dice menos que esta página"),
    "copy_apart": ("tells of something that this page does not, and the other way round: read both",
                   "weiß etwas, das diese Seite nicht weiß, und umgekehrt: Lesen Sie beide",
                   "dit ce que cette page ne dit pas, et l’inverse : lisez les deux",
                   "dice algo que esta página no dice, y al revés: lea las dos"),
    "copy_good": ("is still good, and does not say how much it tells of",
                  "gilt noch und sagt nicht, wie viel sie weiß",
                  "est encore valable, sans dire ce qu’elle sait",
                  "aún vale y no indica cuánto sabe"),
    "copy_lapsed": ("is too old to be believed", "ist zu alt, um ihr zu glauben",
                    "est trop ancienne pour être crue", "es demasiado antigua para creerla"),
    "copy_wrong": ("is not signed by a site that we know: do not believe it",
                   "ist von keinem uns bekannten Standort signiert: Glauben Sie ihr nicht",
                   "n’est signée par aucun site connu de nous : ne la croyez pas",
                   "no está firmada por ningún sitio que conozcamos: no la crea"),
    "copy_silent": ("could not be asked by your browser", "konnte Ihr Browser nicht fragen",
                    "n’a pas pu être interrogée par votre navigateur",
                    "no pudo ser consultada por su navegador"),
    "copy_unchecked": ("answers, but this browser cannot check who signed that",
                       "antwortet, aber dieser Browser kann nicht prüfen, wer das signiert hat",
                       "répond, mais ce navigateur ne peut vérifier qui l’a signé",
                       "responde, pero este navegador no puede comprobar quién lo firmó"),
    "made_by": ("Made by the site {}, signed with this key:",
                "Vom Standort {}, signiert mit diesem Schlüssel:",
                "Établie par le site {}, signée avec cette clé :",
                "Hecha por el sitio {}, firmada con esta clave:"),
    "not_found": ("There is no such page", "Diese Seite gibt es nicht", "Cette page n’existe pas",
                  "No existe esa página"),
    "unmade": ("This page could not be made", "Diese Seite konnte nicht erstellt werden",
               "Cette page n’a pas pu être créée", "No se pudo crear esta página"),
    "unmade_what": ("The fault is ours, and we were told of it. What we said stands in the {}.",
                    "Der Fehler liegt bei uns und ist uns gemeldet. Was wir gesagt haben, steht im {}.",
                    "La faute est la nôtre, et nous en sommes avertis. Ce que nous avons dit est dans le {}.",
                    "El fallo es nuestro y estamos avisados. Lo que dijimos está en el {}."),
    "segment_page": ("What {} need to know", "Was {} wissen müssen", "Ce que {} doivent savoir",
                     "Lo que {} deben saber"),
    "segment_why": ("This page is for you: do not pass its address on. It lapses on {}.",
                    "Diese Seite ist für Sie: Geben Sie ihre Adresse nicht weiter. Sie gilt bis {}.",
                    "Cette page est pour vous : ne transmettez pas son adresse. Elle expire le {}.",
                    "Esta página es para usted: no comparta su dirección. Caduca el {}."),
    "segment_fine": ("Nothing that we know of touches you", "Nichts, wovon wir wissen, betrifft Sie",
                     "Rien de ce que nous savons ne vous touche", "Nada de lo que sabemos le afecta"),
    "segment_hit": ("Something you use does not work as it should",
                    "Etwas, das Sie nutzen, funktioniert nicht wie vorgesehen",
                    "Quelque chose que vous utilisez ne fonctionne pas comme prévu",
                    "Algo que usted usa no funciona como debería"),
}  # fmt: skip


@dataclass(frozen=True)
class SiteWords:
    """The words of one language.

    Parameters
    ----------
    language
        Its code, such as ``en``.
    """

    language: str

    def __call__(self, name: str, *places: object, **values: object) -> str:
        """Return a phrase; ``{}`` and named places are filled."""
        return phrase(_ROWS, name, self.language, *places, **values)

    @property
    def phrases(self) -> Phrases:
        """The sentences of notices in this language."""
        return LANGUAGES[self.language]

    def promise(self, at_s: float, zone: str) -> str:
        """Return when we speak next, as drafted words say it."""
        return self.phrases.next.format(when_text(at_s, zone, self.phrases, dated=False))

    def status(self, status: Status) -> str:
        """Return how a component is, as a word."""
        return self(status.value)

    def state(self, state: OutageState) -> str:
        """Return where an outage stands, as a word."""
        return self(state.value)
