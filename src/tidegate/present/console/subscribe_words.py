"""The fixed words of the pages on notices, in each language the site speaks: one row a phrase, side by side.

How severe an outage has to be is called as in the notices themselves, in `tidegate.present.notice.words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.inform.subscription import IMPACTS
from tidegate.present.notice.words import NoticeWords
from tidegate.present.phrase import Row, phrase
from tidegate.present.site.words import SiteWords

_ROWS: Mapping[str, Row] = {
    "title": ("Get notices", "Nachrichten erhalten", "Recevoir des avis", "Recibir avisos"),
    "lead": ("Hear of outages when we publish. The address is asked first, and can end it at any time.",
             ("Erfahren Sie von Störungen, sobald wir etwas veröffentlichen. Die Adresse wird erst gefragt "
             "und kann es jederzeit beenden."),
             ("Soyez averti des pannes dès que nous publions. L’adresse est d’abord consultée et peut tout "
             "arrêter à tout moment."),
             ("Sepa de los fallos en cuanto publiquemos algo. Primero se pregunta a la dirección, que puede "
             "terminarlo cuando quiera.")),
    "mend": ("Please mend this:", "Bitte berichtigen Sie:", "Veuillez corriger :", "Por favor, corrija:"),
    "how": ("How?", "Auf welchem Weg?", "Par quel moyen ?", "¿Cómo?"),
    "email": ("Mail", "E-Mail", "Courriel", "Correo"),
    "webhook": ("Webhook, signed", "Webhook, signiert", "Webhook, signé", "Webhook, firmado"),
    "slack": ("Slack", "Slack", "Slack", "Slack"),
    "teams": ("Microsoft Teams", "Microsoft Teams", "Microsoft Teams", "Microsoft Teams"),
    "where": ("Where?", "Wohin?", "À quelle adresse ?", "¿A qué dirección?"),
    "where_mail": ("A mail address. For the others, the https address that notices are posted to.",
                   "Eine Mailadresse. Für die anderen die https-Adresse, an die Nachrichten gehen.",
                   "Une adresse de courriel. Pour les autres, l’adresse https où les avis sont envoyés.",
                   "Una dirección de correo. Para los demás, la dirección https a la que se envían."),
    "where_post": ("The https address that notices are posted to.",
                   "Die https-Adresse, an die Nachrichten gehen.",
                   "L’adresse https où les avis sont envoyés.",
                   "La dirección https a la que se envían los avisos."),
    "which": ("Which outages?", "Welche Störungen?", "Quelles pannes ?", "¿Qué fallos?"),
    "tongue": ("Language", "Sprache", "Langue", "Idioma"),
    "parts": ("Only some components", "Nur einige Komponenten", "Seulement certains composants",
              "Solo algunos componentes"),
    "parts_none": ("Everything if none is chosen", "Alles, wenn keine gewählt ist",
                   "Tout, si aucun n’est choisi", "Todo si no se elige ninguno"),
    "segment": ("With the words that are for {} only", "Mit den Worten, die nur für {} sind",
                "Avec les mots réservés à {}", "Con las palabras que son solo para {}"),
    "lapsed": ("The address that led here has lapsed. You can ask for the notices everybody gets.",
               ("Die Adresse, die hierher führte, gilt nicht mehr. Sie können um die Nachrichten bitten, die "
               "alle erhalten."),
               "L’adresse qui menait ici a expiré. Vous pouvez demander les avis que tous reçoivent.",
               "La dirección que llevaba aquí caducó. Puede pedir los avisos que reciben todos."),
    "ask": ("Ask for notices", "Um Nachrichten bitten", "Demander les avis", "Pedir avisos"),
    # -- asked
    "asked": ("Almost done", "Fast fertig", "Presque terminé", "Casi listo"),
    "asked_mail": ("If this address can be asked now, a mail is on its way to it with a link.",
                   "Wenn diese Adresse jetzt gefragt werden kann, ist eine Mail mit einem Link unterwegs.",
                   "Si cette adresse peut être consultée maintenant, un courriel avec un lien est en route.",
                   "Si ahora se puede preguntar a esta dirección, un correo con un enlace va en camino."),
    "asked_post": ("If this address can be asked now, a message with a link is posted to it.",
                   "Wenn diese Adresse jetzt gefragt werden kann, geht eine Nachricht mit einem Link an sie.",
                   "Si cette adresse peut être consultée maintenant, un message avec un lien lui est envoyé.",
                   "Si ahora se puede preguntar a esta dirección, se le envía un mensaje con un enlace."),
    "asked_next": ("Open the link and agree. Until then nothing else is sent. The link holds for two days.",
                   ("Öffnen Sie den Link und stimmen Sie zu. Bis dahin wird sonst nichts gesendet. Der Link "
                   "gilt zwei Tage."),
                   "Ouvrez le lien et acceptez. D’ici là, rien d’autre n’est envoyé. Il vaut deux jours.",
                   "Abra el enlace y acepte. Hasta entonces no se envía nada más. El enlace vale dos días."),
    "asked_none": ("Nothing came? An address is asked once in 15 minutes, five times in two days at most.",
                   ("Nichts angekommen? Eine Adresse wird höchstens einmal in 15 Minuten und fünfmal in zwei "
                   "Tagen gefragt."),
                   ("Rien reçu ? Une adresse est consultée une fois en 15 minutes et cinq fois en deux jours "
                   "au plus."),
                   ("¿No llegó nada? A una dirección se le pregunta una vez cada 15 minutos y cinco veces en "
                   "dos días como mucho.")),
    # -- agreeing
    "agree": ("Do you want notices?", "Möchten Sie Nachrichten?", "Voulez-vous des avis ?",
              "¿Desea recibir avisos?"),
    "agree_who": ("Somebody asked us to send notices of {} to your address. Was it you?",
                  "Jemand hat uns gebeten, Nachrichten von {} an Ihre Adresse zu senden. Waren Sie das?",
                  "Quelqu’un nous a demandé d’envoyer les avis de {} à votre adresse. Était-ce vous ?",
                  "Alguien nos pidió enviar los avisos de {} a su dirección. ¿Fue usted?"),
    "agree_not": ("If not, close this page: nothing more is sent.",
                  "Wenn nicht, schließen Sie diese Seite: Mehr wird nicht gesendet.",
                  "Sinon, fermez cette page : rien d’autre n’est envoyé.",
                  "Si no, cierre esta página: no se envía nada más."),
    "agree_yes": ("Yes, send notices", "Ja, Nachrichten senden", "Oui, envoyer les avis",
                  "Sí, enviar avisos"),
    "on": ("Notices are on", "Die Nachrichten sind an", "Les avis sont activés",
           "Los avisos están activados"),
    "hear": ("You hear of {}: {}.", "Sie erfahren von {}: {}.", "Vous êtes averti de {} : {}.",
             "Se le avisa de {}: {}."),
    "all": ("all components", "allen Komponenten", "tous les composants", "todos los componentes"),
    "hear_segment": ("You also hear the words that are for {} only.",
                     "Sie erhalten auch die Worte, die nur für {} sind.",
                     "Vous recevez aussi les mots réservés à {}.",
                     "También recibe las palabras que son solo para {}."),
    "verify": ("Verify them", "Nachrichten prüfen", "Vérifier les avis", "Comprobar los avisos"),
    "secret": ("Every notice is signed with this secret (Standard Webhooks). Keep it; it is yours.",
               "Jede Nachricht ist mit diesem Geheimnis signiert (Standard Webhooks). Bewahren Sie es auf.",
               "Chaque avis est signé avec ce secret (Standard Webhooks). Gardez-le : il est à vous.",
               "Cada aviso va firmado con este secreto (Standard Webhooks). Guárdelo; es suyo."),
    "later": ("Every notice holds a link to change or end them.",
              "Jede Nachricht enthält einen Link, um sie zu ändern oder zu beenden.",
              "Chaque avis contient un lien pour les modifier ou les arrêter.",
              "Cada aviso contiene un enlace para cambiarlos o terminarlos."),
    "later_now": ("Change or end them now", "Jetzt ändern oder beenden", "Les modifier ou arrêter maintenant",
                  "Cambiarlos o terminarlos ahora"),
    # -- changing and ending
    "manage": ("Your notices", "Ihre Nachrichten", "Vos avis", "Sus avisos"),
    "end": ("End these notices", "Diese Nachrichten beenden", "Arrêter ces avis", "Terminar estos avisos"),
    "end_says": ("Press this, and you hear nothing more of outages from {} at this address.",
                 "Ein Druck auf den Knopf, und an diese Adresse geht nichts mehr über Störungen von {}.",
                 "Appuyez, et plus aucun avis de panne de {} n’arrive à cette adresse.",
                 "Pulse aquí y a esta dirección no llegará nada más de fallos de {}."),
    "change": ("Or hear of something else", "Oder etwas anderes erfahren", "Ou recevoir autre chose",
               "O saber de otra cosa"),
    "keep": ("Keep the change", "Änderung speichern", "Garder le changement", "Guardar el cambio"),
    "changed": ("Changed", "Geändert", "Modifié", "Cambiado"),
    "ended": ("Ended", "Beendet", "Arrêté", "Terminado"),
    "ended_says": ("Nothing more is sent to you.", "An Sie wird nichts mehr gesendet.",
                   "Plus rien ne vous est envoyé.", "Ya no se le envía nada."),
    "mistake": ("Was it a mistake?", "War es ein Versehen?", "Était-ce une erreur ?", "¿Fue un error?"),
    "again": ("Ask for them again", "Erneut darum bitten", "Les demander à nouveau", "Pedirlos de nuevo"),
    # -- refusals
    "not_now": ("Not now", "Jetzt nicht", "Pas maintenant", "Ahora no"),
    "too_many": ("Too many asked for notices from here just now. Please try again in ten minutes.",
                 "Von hier kamen eben zu viele Anfragen. Bitte versuchen Sie es in zehn Minuten wieder.",
                 "Trop de demandes viennent d’ici en ce moment. Réessayez dans dix minutes.",
                 "Ahora mismo llegan demasiadas peticiones de aquí. Inténtelo de nuevo en diez minutos."),
    "not_valid": ("Not valid", "Nicht gültig", "Non valable", "No válido"),
    "no_link": ("This link is not valid any more: it lapsed, or it was not copied whole.",
                "Dieser Link gilt nicht mehr: Er ist abgelaufen oder nicht ganz kopiert.",
                "Ce lien n’est plus valable : il a expiré, ou il n’a pas été copié en entier.",
                "Este enlace ya no vale: caducó o no se copió entero."),
    "not_kept": ("Not kept", "Nicht gespeichert", "Pas gardé", "No guardado"),
    "no_room": ("Our disk took nothing. Please try again in a minute.",
                "Unsere Festplatte nahm nichts an. Bitte versuchen Sie es in einer Minute wieder.",
                "Notre disque n’a rien pris. Réessayez dans une minute.",
                "Nuestro disco no aceptó nada. Inténtelo de nuevo en un minuto."),
}  # fmt: skip


@dataclass(frozen=True)
class SubscribeWords:
    """The words of one language.

    Parameters
    ----------
    language
        Its code, such as ``en``.
    """

    language: str

    def __call__(self, name: str, *places: str) -> str:
        """Return a phrase with its places filled."""
        return phrase(_ROWS, name, self.language, *places)

    @property
    def severities(self) -> dict[str, str]:
        """How severe an outage has to be, as words by name."""
        words = NoticeWords(self.language, "UTC")
        return {name: words(name) for name in IMPACTS}

    @staticmethod
    def name_of(language: str) -> str:
        """Return what a language calls itself."""
        return SiteWords(language)("language")
