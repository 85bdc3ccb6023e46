"""The fixed words of the case form and of a case's own page, in each language: one row a phrase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.present.phrase import Row, phrase

_ROWS: Mapping[str, Row] = {
    "title": ("Ask for help", "Hilfe anfordern", "Demander de l’aide", "Pedir ayuda"),
    "known": ("This is known and being worked on", "Das ist bekannt und in Arbeit",
              "C’est connu et en cours de traitement", "Esto se conoce y se está resolviendo"),
    "known_many": ("{} outages are known and being worked on", "{} Störungen sind bekannt und in Arbeit",
                   "{} pannes sont connues et en cours de traitement",
                   "Se conocen {} fallos y se están resolviendo"),
    "none": ("No outage is known at the moment. If something does not work, tell us.",
             "Zurzeit ist keine Störung bekannt. Wenn etwas nicht funktioniert, sagen Sie es uns.",
             "Aucune panne n’est connue en ce moment. Si quelque chose ne marche pas, dites-le-nous.",
             "Ahora no se conoce ningún fallo. Si algo no funciona, díganoslo."),
    "what": ("What is broken?", "Was ist kaputt?", "Qu’est-ce qui ne marche pas ?", "¿Qué falla?"),
    "else": ("Something else is broken", "Etwas anderes ist kaputt", "Autre chose ne marche pas",
             "Falla otra cosa"),
    "me_too": ("It is broken for me too", "Bei mir auch", "Chez moi aussi", "A mí también me falla"),
    "me_too_said": ("It is broken for me too.", "Bei mir auch.", "Chez moi aussi.", "A mí también me falla."),
    "we_know": ("What we know", "Was wir wissen", "Ce que nous savons", "Lo que sabemos"),
    "since": ("Since {}.", "Seit {}.", "Depuis {}.", "Desde {}."),
    "see": ("What do you see, since when, and what did you expect?",
            "Was sehen Sie, seit wann, und was haben Sie erwartet?",
            "Que voyez-vous, depuis quand, et qu’attendiez-vous ?",
            "¿Qué ve, desde cuándo y qué esperaba?"),
    "see_hint": ("Up to 64 KB are kept. Leave passwords and keys out. Files can be added afterwards.",
                 ("Bis 64 KB werden behalten. Lassen Sie Passwörter und Schlüssel weg. Dateien können Sie "
                 "danach anfügen."),
                 ("Jusqu’à 64 Ko sont gardés. N’indiquez ni mots de passe ni clés. Des fichiers peuvent être "
                 "ajoutés ensuite."),
                 "Se guardan hasta 64 KB. No ponga contraseñas ni claves. Después puede añadir archivos."),
    "contact": ("Where do we answer?", "Wohin antworten wir?", "Où répondre ?", "¿Dónde respondemos?"),
    "contact_hint": ("A mail address. Without one, read the answer at the address on the receipt.",
                     "Eine Mailadresse. Ohne sie lesen Sie die Antwort auf der Seite Ihrer Anfrage.",
                     "Une adresse de courriel. Sans elle, lisez la réponse sur la page de votre demande.",
                     "Una dirección de correo. Sin ella, lea la respuesta en la página de su petición."),
    "contact_known": ("Your mail address", "Ihre Mailadresse", "Votre adresse de courriel",
                      "Su dirección de correo"),
    "contact_known_hint": ("It tells us which customer you are. The answer is on the page that comes next.",
                           ("Sie sagt uns, welcher Kunde Sie sind. Die Antwort steht auf der Seite, die nun "
                           "kommt."),
                           ("Elle nous dit quel client vous êtes. La réponse sera sur la page qui suit."),
                           ("Nos dice qué cliente es usted. La respuesta estará en la página que sigue.")),
    "part": ("Which part is it?", "Welcher Teil ist es?", "De quelle partie s’agit-il ?",
             "¿Qué parte es?"),
    "part_unknown": ("I do not know", "Das weiß ich nicht", "Je ne sais pas", "No lo sé"),
    "send": ("Send", "Senden", "Envoyer", "Enviar"),
    # -- a case's own page
    "kept": ("Your request is kept", "Ihre Anfrage ist gespeichert", "Votre demande est gardée",
             "Su petición está guardada"),
    "case": ("Case", "Fall", "Dossier", "Caso"),
    "on_disk": ("It is on our disk. Keep the address of this page: the answer appears here as well.",
                ("Sie liegt auf unserer Festplatte. Behalten Sie die Adresse dieser Seite: Auch hier "
                "erscheint die Antwort."),
                "Elle est sur notre disque. Gardez l’adresse de cette page : la réponse y paraît aussi.",
                ("Está en nuestro disco. Guarde la dirección de esta página: aquí aparece también la "
                "respuesta.")),
    "mailed": ("Its address and the receipt are being mailed to {}; so is every answer.",
               "Die Adresse und die Quittung gehen an {}; ebenso jede Antwort.",
               "Son adresse et le reçu partent à {} ; chaque réponse aussi.",
               "La dirección y el recibo se envían a {}; también cada respuesta."),
    "not_mailed": ("Nothing is mailed: this page is the only way back to your case.",
                   "Es wird nichts gemailt: Diese Seite ist der einzige Weg zurück zu Ihrem Fall.",
                   "Rien n’est envoyé par courriel : cette page est le seul chemin vers votre dossier.",
                   "No se envía ningún correo: esta página es el único camino de vuelta a su caso."),
    "answered": ("We have answered", "Wir haben geantwortet", "Nous avons répondu", "Hemos respondido"),
    "cut": ("The text was longer than 64 KB; the first 64 KB are kept.",
            "Der Text war länger als 64 KB; die ersten 64 KB sind gespeichert.",
            "Le texte dépassait 64 Ko ; les 64 premiers Ko sont gardés.",
            "El texto pasaba de 64 KB; se guardan los primeros 64 KB."),
    "belongs": ("It belongs to a known outage: {}, since {}.",
                "Er gehört zu einer bekannten Störung: {}, seit {}.",
                "Il relève d’une panne connue : {}, depuis {}.",
                "Pertenece a un fallo conocido: {}, desde {}."),
    "receipt": ("Receipt", "Quittung", "Reçu", "Recibo"),
    "receipt_what": ("Anybody who has our public key can verify it, also without us.",
                     "Jeder mit unserem öffentlichen Schlüssel kann sie prüfen, auch ohne uns.",
                     "Quiconque a notre clé publique peut le vérifier, même sans nous.",
                     "Quien tenga nuestra clave pública puede comprobarlo, también sin nosotros."),
    "by_receipt": ("Find a case by its receipt", "Einen Fall mit seiner Quittung finden",
                   "Retrouver un dossier par son reçu", "Encontrar un caso con su recibo"),
    "by_receipt_what": ("Paste the whole receipt, from its first line on, whichever of our sites gave it.",
                        ("Fügen Sie die ganze Quittung ein, von der ersten Zeile an, gleich von welchem "
                        "unserer Standorte."),
                        ("Collez le reçu entier, dès sa première ligne, quel que soit celui de nos sites qui "
                        "l’a donné."),
                        ("Pegue el recibo entero, desde su primera línea, lo diera el que lo diera de "
                        "nuestros sitios.")),
    "by_receipt_go": ("Find it", "Finden", "Retrouver", "Encontrar"),
    "no_receipt": ("This is no receipt of ours", "Das ist keine Quittung von uns",
                   "Ce n’est pas un reçu de chez nous", "Este no es un recibo nuestro"),
    "no_receipt_why": (("It is not whole, or was changed, or somebody else gave it. Copy it again: each "
                       "letter counts."),
                       ("Sie ist nicht vollständig, wurde verändert, oder jemand anders hat sie ausgestellt. "
                       "Kopieren Sie sie noch einmal: Jeder Buchstabe zählt."),
                       ("Il n’est pas entier, a été changé, ou vient de quelqu’un d’autre. Copiez-le de "
                       "nouveau : chaque lettre compte."),
                       ("No está entero, fue cambiado o lo dio otra persona. Cópielo de nuevo: cada letra "
                       "cuenta.")),
    "waits": ("Your case is accepted", "Ihr Fall ist angenommen", "Votre dossier est accepté",
              "Su caso está aceptado"),
    "waits_at": ("Accepted by site {} on {}. This site has not heard of it yet.",
                 "Angenommen von Standort {} am {}. Dieser Standort hat noch nichts von ihm gehört.",
                 "Accepté par le site {} le {}. Ce site-ci n’en a pas encore entendu parler.",
                 "Aceptado por el sitio {} el {}. Este sitio aún no ha oído hablar de él."),
    "waits_elsewhere": ("Another of our sites accepted it. This site has not heard of it yet.",
                        ("Ein anderer unserer Standorte hat ihn angenommen. Dieser Standort hat noch nichts "
                        "von ihm gehört."),
                        "Un autre de nos sites l’a accepté. Ce site-ci n’en a pas encore entendu parler.",
                        "Lo aceptó otro de nuestros sitios. Este sitio aún no ha oído hablar de él."),
    "waits_on": (("It is kept there, and you need not ask again. It appears here as soon as the two sites "
                 "reach each other; load this page again."),
                 ("Dort ist er gespeichert, und Sie müssen nicht noch einmal fragen. Hier erscheint er, "
                 "sobald beide Standorte sich erreichen; laden Sie diese Seite dann neu."),
                 ("Il est gardé là-bas, inutile de redemander. Il paraîtra ici dès que les deux sites se "
                 "joindront ; rechargez cette page."),
                 ("Está guardado allí y no hace falta pedirlo otra vez. Aparecerá aquí en cuanto los dos "
                 "sitios se alcancen; recargue esta página.")),
    "waits_way": ("The case's own page", "Die Seite des Falls", "La page du dossier", "La página del caso"),
    "not_counted": (("Site {} accepted it on {}, and what was accepted there then is not with us. "
                    "Please ask again here."),
                    ("Standort {} hat ihn am {} angenommen, und was dort damals angenommen wurde, liegt "
                    "nicht bei uns. Bitte fragen Sie hier noch einmal."),
                    ("Le site {} l’a accepté le {}, et ce qui y fut accepté alors n’est pas chez nous. "
                    "Redemandez ici, s’il vous plaît."),
                    ("El sitio {} lo aceptó el {}, y lo que se aceptó allí entonces no está con nosotros. "
                    "Pídalo otra vez aquí, por favor.")),
    "waits_old": ("If it is long ago, it may have been closed and archived; then it is not shown any more.",
                  ("Ist es lange her, wurde er vielleicht abgeschlossen und archiviert; dann wird er nicht "
                  "mehr gezeigt."),
                  "S’il est ancien, il a pu être clos et archivé ; il n’est alors plus montré.",
                  "Si es antiguo, puede que se cerrara y archivara; entonces ya no se muestra."),
    "archived": ("Your case was closed and archived", "Ihr Fall wurde abgeschlossen und archiviert",
                 "Votre dossier a été clos et archivé", "Su caso se cerró y se archivó"),
    "archived_why": (("It was closed long ago, and what was said is not shown here any more. If it is broken "
                     "again, please ask again."),
                     ("Er wurde vor langer Zeit abgeschlossen, und was gesagt wurde, wird hier nicht mehr "
                     "gezeigt. Ist es wieder kaputt, fragen Sie bitte noch einmal."),
                     ("Il est clos depuis longtemps, et ce qui a été dit n’est plus montré ici. Si c’est de "
                     "nouveau en panne, redemandez, s’il vous plaît."),
                     ("Se cerró hace tiempo, y lo que se dijo ya no se muestra aquí. Si vuelve a fallar, "
                     "pida ayuda de nuevo, por favor.")),
    "said": ("What was said", "Was gesagt wurde", "Ce qui a été dit", "Lo que se dijo"),
    "you": ("You", "Sie", "Vous", "Usted"),
    "we": ("We", "Wir", "Nous", "Nosotros"),
    "done": ("We hold this case to be done.", "Wir halten diesen Fall für erledigt.",
             "Nous tenons ce dossier pour clos.", "Damos este caso por terminado."),
    "news": ("Nobody has to ask again; this is for news.",
             "Niemand muss noch einmal fragen; dies ist für Neues.",
             "Inutile de redemander ; ceci est pour du nouveau.",
             "No hace falta preguntar otra vez; esto es para novedades."),
    "see_now": ("What do you see now?", "Was sehen Sie jetzt?", "Que voyez-vous maintenant ?",
                "¿Qué ve ahora?"),
    "still": ("Still broken for me", "Bei mir immer noch kaputt", "Toujours en panne chez moi",
              "A mí me sigue fallando"),
    "still_said": ("Still broken.", "Immer noch kaputt.", "Toujours en panne.", "Sigue fallando."),
    "still_head": ("Still broken?", "Immer noch kaputt?", "Toujours en panne ?", "¿Sigue fallando?"),
    "more": ("Say more", "Mehr dazu sagen", "En dire plus", "Decir más"),
    "files": ("Files", "Dateien", "Fichiers", "Archivos"),
    "said_part": ("More was said than is shown here: all of it is kept.",
                  "Es wurde mehr gesagt, als hier steht: Alles ist gespeichert.",
                  "Il a été dit plus que ce qui est montré ici : tout est gardé.",
                  "Se dijo más de lo que se muestra aquí: todo está guardado."),
    "files_with": ("Files with this case: {}.", "Dateien zu diesem Fall: {}.", "Fichiers de ce dossier : {}.",
                   "Archivos de este caso: {}."),
    "files_add": ("Add files", "Dateien anfügen", "Ajouter des fichiers", "Añadir archivos"),
    "files_most": ("At most 5 MB each. They are kept apart and deleted after 14 days.",
                   "Höchstens 5 MB je Datei. Sie liegen getrennt und werden nach 14 Tagen gelöscht.",
                   "5 Mo au plus chacun. Ils sont gardés à part et supprimés après 14 jours.",
                   "5 MB como mucho cada uno. Se guardan aparte y se borran a los 14 días."),
    # -- refusals
    "lost": ("There is no case at this address", "Unter dieser Adresse ist kein Fall",
             "Il n’y a pas de dossier à cette adresse", "En esta dirección no hay ningún caso"),
    "lost_check": ("Is the address whole? Copy it again from where you kept it: each letter counts.",
                   ("Ist die Adresse vollständig? Kopieren Sie sie noch einmal von dort, wo Sie sie "
                   "aufbewahrt haben: Jeder Buchstabe zählt."),
                   "L’adresse est-elle entière ? Copiez-la de nouveau : chaque lettre compte.",
                   "¿Está completa la dirección? Cópiela de nuevo: cada letra cuenta."),
    "lost_receipt": (("If a receipt was mailed to you, the address is in that mail. The receipt itself names "
                     "your case and proves that we have it."),
                     ("Wurde Ihnen eine Quittung gemailt, steht die Adresse in dieser Mail. Die Quittung "
                     "selbst nennt Ihren Fall und beweist, dass wir ihn haben."),
                     ("Si un reçu vous a été envoyé, l’adresse est dans ce courriel. Le reçu lui-même nomme "
                     "votre dossier et prouve que nous l’avons."),
                     ("Si se le envió un recibo, la dirección está en ese correo. El propio recibo nombra su "
                     "caso y prueba que lo tenemos.")),
    "lost_again": ("Otherwise ask again; if you can, name the case or paste the receipt.",
                   ("Sonst fragen Sie noch einmal; nennen Sie, wenn möglich, den Fall oder fügen Sie die "
                   "Quittung ein."),
                   "Sinon, demandez de nouveau ; si possible, citez le dossier ou collez le reçu.",
                   "Si no, pida ayuda de nuevo; si puede, nombre el caso o pegue el recibo."),
    "not_kept": ("Not kept", "Nicht gespeichert", "Pas gardée", "No guardada"),
    "no_room": ("Our disk took nothing, so your request is not kept. Please send it again in a minute.",
                ("Unsere Festplatte nahm nichts an; Ihre Anfrage ist nicht gespeichert. Bitte senden Sie sie "
                "in einer Minute noch einmal."),
                "Notre disque n’a rien pris ; votre demande n’est pas gardée. Renvoyez-la dans une minute.",
                "Nuestro disco no aceptó nada; su petición no está guardada. Envíela de nuevo en un minuto."),
    "no_files": ("No files", "Keine Dateien", "Pas de fichiers", "Sin archivos"),
    "no_files_why": ("The files were not taken: too large, too many, or no room at the moment.",
                     "Die Dateien wurden nicht angenommen: zu groß, zu viele oder gerade kein Platz.",
                     "Les fichiers n’ont pas été pris : trop gros, trop nombreux, ou pas de place.",
                     "No se aceptaron los archivos: demasiado grandes, demasiados o sin sitio ahora."),
    "no_files_but": ("Your case and its words are kept all the same.",
                     "Ihr Fall und seine Worte sind trotzdem gespeichert.",
                     "Votre dossier et ses mots sont gardés malgré tout.",
                     "Su caso y sus palabras se guardan igualmente."),
}  # fmt: skip


@dataclass(frozen=True)
class HelpWords:
    """The words of one language.

    Parameters
    ----------
    language
        Its code, such as ``en``.
    """

    language: str

    def __call__(self, name: str, *places: object) -> str:
        """Return a phrase with its places filled."""
        return phrase(_ROWS, name, self.language, *places)
