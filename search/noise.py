"""Words around what is looked for: whoever types "je cherche un stéthoscope" looks for a stethoscope.

Only words that no product is looked for by, in any language: the language of a text is not known before it is searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: by language, without accents
_NOISE: Final[Mapping[str, str]] = {
    "en": """
        a an and are at by can do does find for from have how i in is it looking me my need of or our please some that
        the their there this to want was we what where which with would you your about any
        best buy buying cheap cheapest cost costs get give order ordering price prices purchase sale sell show shop
        search searching hi hello pls much many
    """,
    "fr": """
        au aux avec ce ces cet cette chez comment dans de des du elle en est et il ils je la le les leur ma mes moi mon
        nos notre nous ou par pas pour puis quel quelle quelles quels qui sa ses si sont sur ta tes ton un une vos votre
        vous y avoir besoin cherche chercher acheter achat cher chere commande commander commandes faut prix recherche
        trouver tarif veux voudrais vente vendez avez bonjour combien svp stp
    """,
    "nl": """
        aan bij dat de deze die dit een en er graag heb hebben heeft het hoe hun ik is jullie kan met mijn naar nodig om
        onze ons op te tot uit van voor waar wat welke wij we zijn zoek zoeken zoekt bestel bestellen goedkoop goedkope
        goedkoopste kopen koop kost kosten prijs prijzen wil willen aub hallo hoeveel
    """,
    "de": """
        am auf bei bitte brauche das dem den der des die ein eine einem einen einer er es fur haben ich im ist kann mein
        meine mit nach oder suche suchen und unser unsere von was welche wie wir wo zu zum zur bestellen billig gunstig
        kaufen kostet preis preise hallo wieviel
    """,
}
NOISE: Final = frozenset(word for words in _NOISE.values() for word in words.split())

#: words that may tell something, and need not be there: what packs and attributes are called, articles without a sign
_OPTIONAL: Final = """
    l d s t qu
    size colour color flavour brand box pack packet package bottle urgent new
    taille couleur gout marque boite paquet emballage flacon conditionnement nouveau
    maat kleur smaak merk doos doosje pak pakje verpakking fles flesje dringend nieuw nieuwe
    grosse farbe geschmack marke schachtel packung flasche dringend neu
    """
OPTIONAL: Final = frozenset(_OPTIONAL.split())
