"""The fixed parts of what we say, in each language we speak. No outage is known here.

What an outage itself is called, and what its segments lose, is in the words of whoever wrote the world
or the record; what it is in other languages is stated in `tidegate.inform.translations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """The fixed parts in one language; ``{}`` is where a value goes.

    Parameters
    ----------
    states
        What we say first in each state of an outage; ``{}`` is since when, and a second one until when.
    likely, possible
        What is added where we are not sure.
    exercise
        What stands before everything in a drill.
    affected, was_affected, keeps, todo
        Labels of who is affected, who was, what goes on working, and what to do.
    named
        How an outage that is over is named, before what is said of it; ``{}`` is what it was called.
    everybody, nobody_known
        Who is affected where no segment is known; and where no component is either.
    no_advice
        What is said of what to do where neither the world nor an operator knows.
    next
        When we speak next; ``{}`` is the time.
    backlog
        What is said of work that is still late.
    disturbed
        What an outage is called by its cause alone.
    between
        What is called by the two networks that it lies between.
    months
        Names of the months, in the form used with a day.
    day
        How a date is written, of day, month and year.
    """

    states: Mapping[str, str]
    likely: str
    possible: str
    exercise: str
    affected: str
    was_affected: str
    named: str
    keeps: str
    todo: str
    everybody: str
    nobody_known: str
    no_advice: str
    next: str
    backlog: str
    disturbed: str
    between: str
    months: tuple[str, ...]
    day: str


_EN = Phrases(
    states={
        "emerging": "We see a problem since {} and are finding out what it is.",
        "confirmed": "We confirm a problem since {}.",
        "contained": "What broke at {} no longer spreads.",
        "recovering": "What broke at {} is mended. What piled up meanwhile is being worked off.",
        "resolved": "this is over. It began at {} and ended at {}.",
        "false_alarm": "we had reported this as a problem since {}. There was none; we were wrong.",
        "exercise": "the drill is over. It began at {} and ended at {}.",
    },
    likely="This is likely, not yet certain.",
    possible="This is possible, not yet certain.",
    exercise="EXERCISE: this is a drill, nothing is broken.",
    affected="Affected",
    was_affected="It affected",
    named="“{}”:",
    keeps="Still working",
    todo="What you can do",
    everybody="users of {}",
    nobody_known="we do not know yet who",
    no_advice="we know of nothing yet that helps",
    next="We speak again by {}.",
    backlog="Requests are answered; those that had to wait come late.",
    disturbed="{} is disturbed",
    between="traffic between {} and {}",
    months=(
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
    day="{day} {month} {year}",
)  # fmt: skip

_DE = Phrases(
    states={
        "emerging": "Wir sehen seit {} ein Problem und klären, was es ist.",
        "confirmed": "Wir bestätigen ein Problem seit {}.",
        "contained": "Was um {} ausgefallen ist, breitet sich nicht weiter aus.",
        "recovering": "Was um {} ausgefallen ist, ist behoben. Was sich aufgestaut hat, wird abgearbeitet.",
        "resolved": "Das ist vorbei. Es begann um {} und endete um {}.",
        "false_alarm": "Wir hatten dies als Problem seit {} gemeldet. Es gab keines; wir haben uns geirrt.",
        "exercise": "Die Probe ist vorbei. Sie begann um {} und endete um {}.",
    },
    likely="Das ist wahrscheinlich, noch nicht sicher.",
    possible="Das ist möglich, noch nicht sicher.",
    exercise="ÜBUNG: Dies ist eine Probe, nichts ist ausgefallen.",
    affected="Betroffen",
    was_affected="Betroffen waren",
    named="„{}“:",
    keeps="Funktioniert weiter",
    todo="Was Sie tun können",
    everybody="Nutzer von {}",
    nobody_known="Wir wissen noch nicht, wer",
    no_advice="Wir wissen noch nichts, was hilft",
    next="Wir melden uns wieder bis {}.",
    backlog="Anfragen werden beantwortet; was warten musste, kommt verspätet.",
    disturbed="Störung: {}",
    between="Verkehr zwischen {} und {}",
    months=(
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
        "November", "Dezember",
    ),
    day="{day}. {month} {year}",
)  # fmt: skip

_FR = Phrases(
    states={
        "emerging": "Nous voyons un problème depuis {} et cherchons ce que c’est.",
        "confirmed": "Nous confirmons un problème depuis {}.",
        "contained": "La panne de {} ne s’étend plus.",
        "recovering": "La panne de {} est réparée. Ce qui s’est accumulé est en cours de traitement.",
        "resolved": "c’est terminé. Cela a commencé à {} et s’est terminé à {}.",
        "false_alarm": "nous avions annoncé un problème depuis {}. Il n’y en avait pas ; c’était une erreur.",
        "exercise": "l’essai est terminé. Il a commencé à {} et s’est terminé à {}.",
    },
    likely="C’est probable, pas encore certain.",
    possible="C’est possible, pas encore certain.",
    exercise="EXERCICE : ceci est un essai, rien n’est en panne.",
    affected="Touchés",
    was_affected="Étaient touchés",
    named="« {} » :",
    keeps="Fonctionne toujours",
    todo="Ce que vous pouvez faire",
    everybody="utilisateurs de {}",
    nobody_known="nous ne savons pas encore qui",
    no_advice="nous ne connaissons encore rien qui aide",
    next="Prochaine information avant {}.",
    backlog="Les demandes reçoivent une réponse ; celles qui ont attendu arrivent en retard.",
    disturbed="Perturbation : {}",
    between="trafic entre {} et {}",
    months=(
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
        "novembre", "décembre",
    ),
    day="{day} {month} {year}",
)  # fmt: skip

_ES = Phrases(
    states={
        "emerging": "Vemos un problema desde {} y averiguamos qué es.",
        "confirmed": "Confirmamos un problema desde {}.",
        "contained": "Lo que falló a las {} ya no se extiende.",
        "recovering": "Lo que falló a las {} está reparado. Se procesa lo acumulado.",
        "resolved": "ha terminado. Empezó a las {} y terminó a las {}.",
        "false_alarm": "lo anunciamos como un problema desde {}. No lo hubo; nos equivocamos.",
        "exercise": "el ensayo ha terminado. Empezó a las {} y terminó a las {}.",
    },
    likely="Es probable, aún no seguro.",
    possible="Es posible, aún no seguro.",
    exercise="SIMULACRO: esto es un ensayo, nada ha fallado.",
    affected="Afectados",
    was_affected="Afectó a",
    named="«{}»:",
    keeps="Sigue funcionando",
    todo="Qué puede hacer",
    everybody="usuarios de {}",
    nobody_known="aún no sabemos a quiénes",
    no_advice="aún no sabemos de nada que ayude",
    next="Volveremos a informar antes de {}.",
    backlog="Las solicitudes reciben respuesta; las que tuvieron que esperar llegan tarde.",
    disturbed="Perturbación: {}",
    between="tráfico entre {} y {}",
    months=(
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
        "noviembre", "diciembre",
    ),
    day="{day} de {month} de {year}",
)  # fmt: skip

LANGUAGES: Mapping[str, Phrases] = {"en": _EN, "de": _DE, "fr": _FR, "es": _ES}
"""What we can say, by language."""
