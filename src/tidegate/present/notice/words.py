"""The fixed words of notices, in each language: one row a phrase, side by side.

What an update says is in the words of whoever wrote it; how states and statuses are called is in
`tidegate.present.site.words`, so that a notice calls them as the site does.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.inform.draft import when_text
from tidegate.inform.notice import Notice, Question, Told
from tidegate.inform.phrases import LANGUAGES
from tidegate.present.phrase import ORDER, Row, phrase
from tidegate.present.site.escaped import line
from tidegate.present.site.words import SiteWords

_ROWS: Mapping[str, Row] = {
    "next": ("We speak again by {}.", "Wir melden uns wieder bis {}.",
             "Nous reprendrons la parole avant {}.", "Volveremos a informar antes de {}."),
    "whole": ("The whole story and the state now", "Der ganze Verlauf und der Stand jetzt",
              "Toute l’histoire et l’état actuel", "Toda la historia y el estado actual"),
    "end": ("Change or end these notices", "Diese Nachrichten ändern oder beenden",
            "Modifier ou arrêter ces avis", "Cambiar o dejar de recibir estos avisos"),
    "published": ("Published {}", "Veröffentlicht {}", "Publié à {}", "Publicado a las {}"),
    "ask_subject": ("Do you want notices of {}?", "Möchten Sie Nachrichten von {}?",
                    "Voulez-vous les avis de {} ?", "¿Desea recibir avisos de {}?"),
    "ask": ("Somebody asked us to send notices of outages here.",
            "Jemand hat uns gebeten, Nachrichten über Störungen hierher zu senden.",
            "Quelqu’un nous a demandé d’envoyer ici des avis de panne.",
            "Alguien nos ha pedido enviar aquí avisos de fallos."),
    "if_you": ("If that was you, please agree. If not, do nothing: nothing more is sent.",
               "Waren Sie das, so stimmen Sie bitte zu. Sonst tun Sie nichts: Mehr wird nicht gesendet.",
               "Si c’était vous, veuillez accepter. Sinon, ne faites rien : rien d’autre ne sera envoyé.",
               "Si fue usted, acepte, por favor. Si no, no haga nada: no se enviará nada más."),
    "ask_what": ("Asked for: {}.", "Gewünscht: {}.", "Demandé : {}.", "Solicitado: {}."),
    "ask_all": ("all components", "alle Komponenten", "tous les composants", "todos los componentes"),
    "none": ("everything", "alles", "tout", "todo"),
    "minor": ("minor impact or worse", "ab geringer Auswirkung", "impact mineur ou pire",
              "impacto menor o peor"),
    "major": ("major impact or worse", "ab großer Auswirkung", "impact majeur ou pire",
              "impacto mayor o peor"),
    "critical": ("critical impact only", "nur bei kritischer Auswirkung", "impact critique seulement",
                 "solo impacto crítico"),
    "agree": ("Yes, send notices here", "Ja, Nachrichten hierher senden", "Oui, envoyer les avis ici",
              "Sí, enviar los avisos aquí"),
    "lapses": ("The question lapses {}.", "Die Frage verfällt {}.", "La question expire à {}.",
               "La pregunta caduca a las {}."),
    # -- to a customer who asked for help
    "kept_subject": ("Your request is kept: case {}", "Ihre Anfrage ist gespeichert: Fall {}",
                     "Votre demande est gardée : dossier {}", "Su petición está guardada: caso {}"),
    "kept": ("A request for help that names this address was kept at {}. It is case {}.",
             "Eine Bitte um Hilfe, die diese Adresse nennt, wurde um {} gespeichert. Sie ist Fall {}.",
             "Une demande d’aide qui indique cette adresse a été gardée à {}. C’est le dossier {}.",
             "Una petición de ayuda que indica esta dirección se guardó a las {}. Es el caso {}."),
    "kept_page": ("Read it, add to it and find the answer here:",
                  "Hier lesen Sie sie, ergänzen sie und finden die Antwort:",
                  "Lisez-la, complétez-la et trouvez la réponse ici :",
                  "Léala, complétela y encuentre la respuesta aquí:"),
    "kept_answer": ("The answer is mailed here as well. To say more, answer this mail.",
                    "Die Antwort kommt auch als Mail. Antworten Sie auf diese Mail, um mehr zu sagen.",
                    "La réponse vous est aussi envoyée ici. Pour en dire plus, répondez à ce courriel.",
                    "La respuesta llega también aquí. Para decir más, responda a este correo."),
    "kept_not_you": ("If it was not you, do nothing.", "Waren Sie das nicht, so tun Sie nichts.",
                     "Si ce n’était pas vous, ne faites rien.", "Si no fue usted, no haga nada."),
    "kept_receipt": ("The receipt, which anybody with our public key can verify:",
                     "Die Quittung, die jeder mit unserem öffentlichen Schlüssel prüfen kann:",
                     "Le reçu, que quiconque a notre clé publique peut vérifier :",
                     "El recibo, que puede comprobar quien tenga nuestra clave pública:"),
    "case_page": ("Case {}. Answer this mail, or read everything at:",
                  "Fall {}. Antworten Sie auf diese Mail, oder lesen Sie alles unter:",
                  "Dossier {}. Répondez à ce courriel, ou lisez tout à l’adresse :",
                  "Caso {}. Responda a este correo, o lea todo en:"),
    "exercise": ("EXERCISE", "ÜBUNG", "EXERCICE", "SIMULACRO"),
}  # fmt: skip


class NoticeWords:
    """The fixed words in one language.

    Parameters
    ----------
    language
        One of `LANGUAGES`; another is read as English.
    zone
        The local time that stands beside UTC.
    """

    def __init__(self, language: str, zone: str) -> None:
        self.language = language if language in ORDER else "en"
        self._zone = zone
        self.site = SiteWords(self.language)

    def __call__(self, name: str, *places: str) -> str:
        """Return a phrase with its places filled."""
        return phrase(_ROWS, name, self.language, *places)

    def when(self, at_s: float, *, dated: bool = True) -> str:
        """Return a time, in UTC and local time."""
        return when_text(at_s, self._zone, LANGUAGES[self.language], dated=dated)


def words_of(message: Told | Question) -> NoticeWords:
    """Return the fixed words for a message."""
    return NoticeWords(message.language, message.zone)


def subject(message: Notice | Question) -> str:
    """Return what stands above a message, on one line, such as ``Status: sign-in fails · confirmed``."""
    if isinstance(message, Question):
        return line(words_of(message)("ask_subject", message.site))
    told = message.told
    words = words_of(told)
    drill = f"{words('exercise')}: " if told.is_exercise else ""
    return line(f"{drill}{told.title} · {words.site.state(told.state)}")


def page_url(told: Told) -> str:
    """Return where the whole story is told."""
    return f"{told.site_url}/outages/{told.outage}.html"


def asked_for(message: Question, words: NoticeWords) -> str:
    """Return what was asked for, as a sentence."""
    what = line(", ".join(message.components)) or words("ask_all")
    return words("ask_what", f"{what}; {words(message.severity)}")
