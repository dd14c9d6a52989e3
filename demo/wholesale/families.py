"""The families of products a veterinary wholesaler sells: the words and ranges that templates are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from demo.wholesale.attributes import COLOR, FLAVOUR, GAUGE, PACK, SIZE, SPECIES, WEIGHT
from demo.wholesale.reference import KILOGRAM
from demo.wholesale.world import Text

#: Sale taxes by percentage.
_TAX: Final = {21: 1, 12: 2, 6: 3, 0: 4}

_STARTS: Final = """
    Amo Arthro Bovi Calci Cani Cardio Cefa Dento Derma Doxi Enro Equi Feli Gastro Glyco Hepa Immu Keto Lapi Levo
    Meta Milbe Neuro Nutri Ocu Opti Oto Pneumo Praxi Rimo Rumi Seda Tetra Uro Vacci Veto Xyla Œdé Βeta Zoo
"""
_ENDS: Final = (
    "val cyl dex flex gard gel kan lac lin mox nil phen prim quel san sol stat tan tec tin tral vet vit xil zol"
)

#: A product's mark is a start, an end and a sign.
MARK_STARTS: Final = tuple(_STARTS.split())
MARK_ENDS: Final = tuple(_ENDS.split())
MARK_SIGNS: Final = ("®", "™", "", "® Forte", " Plus", "® LA", " Duo", "® α")


@dataclass(frozen=True, slots=True)
class Family:
    """``name`` has places for the mark and the strength. ``price``: lowest and highest list price in cents."""

    name: Text
    strengths: tuple[str, ...]
    category: str
    shelves: tuple[str, ...]  # public categories, one or two of which a template gets
    price: tuple[int, int]
    tax: int
    axes: tuple[int, int]  # attributes its variants differ by, the first one first
    kind: Literal["storable", "consumable", "service"] = "storable"
    uom_id: int = 1


_MG: Final = ("20 mg", "50 mg", "75 mg", "100 mg", "150 mg", "200 mg", "250 mg", "500 mg")
_ML: Final = ("10 mg/ml", "25 mg/ml", "50 mg/ml", "100 mg/ml", "150 mg/ml", "5 %", "10 %", "20 %")
_SERIES: Final = ("I", "II", "III", "Classic", "Pro", "Eco", "Max", "Mini")
_DIETS: Final = ("Light", "Mobility", "Sensitive", "Dental", "Renal", "Hypoallergenic", "Obesity & diabetes", "Ω-3")
_DOSES: Final = ("1 ds", "5 ds", "10 ds", "25 ds", "50 ds", "DHPPi", "Lepto 4", "RCP")


def _medicine(name: Text, strengths: tuple[str, ...], category: str, *shelves: str, price: tuple[int, int]) -> Family:
    return Family(name, strengths, category, shelves, price, _TAX[6], (PACK, SPECIES))


def _food(name: Text, category: str, *shelves: str, price: tuple[int, int], uom_id: int = 1) -> Family:
    return Family(name, _DIETS, category, shelves, price, _TAX[6], (WEIGHT, FLAVOUR), uom_id=uom_id)


def _article(
    name: Text, category: str, *shelves: str, price: tuple[int, int], axes: tuple[int, int] = (PACK, SIZE)
) -> Family:
    return Family(name, _SERIES, category, shelves, price, _TAX[21], axes)


FAMILIES: Final = (
    _medicine(
        Text("{} {} tablets", "{} {} comprimés", "{} {} tabletten"),
        _MG,
        "Antibiotics",
        "Antibiotic tablets",
        "Dogs",
        price=(890, 14900),
    ),
    _medicine(
        Text("{} {} injectable solution", "{} {} solution injectable", "{} {} oplossing voor injectie"),
        _ML,
        "Antibiotics",
        "Antibiotic injectables",
        "Cattle",
        price=(1250, 21900),
    ),
    _medicine(
        Text("{} {} spot-on", "{} {} solution pour spot-on", "{} {} spot-on oplossing"),
        _MG,
        "Antiparasitics",
        "Spot-on",
        "Cats",
        price=(695, 8990),
    ),
    _medicine(
        Text("{} {} collar", "{} {} collier", "{} {} halsband"), _MG, "Antiparasitics", "Collars", price=(990, 4990)
    ),
    _medicine(
        Text("{} {} chewable dewormer", "{} {} vermifuge à croquer", "{} {} kauwbare ontwormer"),
        _MG,
        "Antiparasitics",
        "Dewormers",
        price=(450, 9900),
    ),
    _medicine(
        Text("{} {} vaccine", "{} {} vaccin", "{} {} vaccin"),
        _DOSES,
        "Vaccines",
        "Vaccines",
        "Dogs",
        "Cats",
        "Cattle",
        "Horses",
        price=(590, 32500),
    ),
    _medicine(
        Text("{} {} oral suspension", "{} {} suspension orale", "{} {} orale suspensie"),
        _ML,
        "Anti-inflammatories",
        "Pain & inflammation",
        price=(990, 7990),
    ),
    _medicine(
        Text("{} {} sedative", "{} {} sédatif", "{} {} sedativum"),
        _ML,
        "Anaesthetics",
        "Anaesthesia & sedation",
        price=(1450, 18900),
    ),
    _medicine(
        Text("{} {} eye and ear drops", "{} {} gouttes oculaires et auriculaires", "{} {} oog- en oordruppels"),
        _ML,
        "Ears & eyes",
        "Eyes & ears",
        price=(690, 3990),
    ),
    _medicine(
        Text("{} {} shampoo “soothing”", "{} {} shampooing « apaisant »", "{} {} shampoo ‘kalmerend’"),
        _ML,
        "Skin",
        "Skin & coat",
        price=(790, 4590),
    ),
    _medicine(
        Text("{} {} hormone", "{} {} hormone", "{} {} hormoon"),
        _ML,
        "Hormones",
        "Hormones & reproduction",
        price=(1900, 15900),
    ),
    _food(Text("{} {} puppy", "{} {} chiot", "{} {} puppy"), "Dog food", "Puppy", price=(690, 8990)),
    _food(
        Text("{} {} adult dog", "{} {} chien adulte", "{} {} volwassen hond"),
        "Dog food",
        "Adult dog",
        price=(590, 8490),
    ),
    _food(
        Text("{} {} dog diet", "{} {} régime chien", "{} {} hondendieet"),
        "Dog food",
        "Renal",
        "Gastrointestinal",
        "Hypoallergenic",
        price=(890, 10990),
    ),
    _food(Text("{} {} kitten", "{} {} chaton", "{} {} kitten"), "Cat food", "Kitten", price=(390, 5990)),
    _food(
        Text("{} {} cat diet", "{} {} régime chat", "{} {} kattendieet"),
        "Cat food",
        "Urinary",
        "Renal cat",
        price=(490, 7990),
    ),
    _food(
        Text("{} {} horse muesli", "{} {} muesli pour chevaux", "{} {} paardenmuesli"),
        "Horse feed",
        "Horse feed",
        price=(95, 320),
        uom_id=KILOGRAM,
    ),
    _food(
        Text("{} {} supplement 🐾", "{} {} complément 🐾", "{} {} supplement 🐾"),
        "Supplements",
        "Joints",
        "Digestion",
        price=(990, 6990),
    ),
    _article(Text("{} {} syringe", "{} {} seringue", "{} {} spuit"), "Syringes", "Syringes", price=(8, 2490)),
    _article(
        Text("{} {} needle", "{} {} aiguille", "{} {} naald"), "Needles", "Needles", price=(5, 1890), axes=(GAUGE, PACK)
    ),
    _article(
        Text("{} {} cohesive bandage", "{} {} bande cohésive", "{} {} cohesief verband"),
        "Bandages",
        "Dressings & bandages",
        price=(120, 2990),
        axes=(COLOR, SIZE),
    ),
    _article(
        Text("{} {} absorbable suture", "{} {} suture résorbable", "{} {} resorbeerbare hechtdraad"),
        "Sutures",
        "Sutures",
        price=(1990, 14900),
    ),
    _article(
        Text("{} {} nitrile gloves", "{} {} gants en nitrile", "{} {} nitril handschoenen"),
        "Gloves",
        "Gloves & protection",
        price=(490, 2490),
        axes=(SIZE, COLOR),
    ),
    _article(
        Text("{} {} rapid test", "{} {} test rapide", "{} {} sneltest"),
        "Sampling",
        "Rapid tests",
        "Tubes",
        price=(990, 24900),
    ),
    _article(
        Text("{} {} stethoscope", "{} {} stéthoscope", "{} {} stethoscoop"),
        "Diagnostics",
        "Stethoscopes",
        price=(2990, 39900),
        axes=(COLOR, SIZE),
    ),
    _article(
        Text("{} {} thermometer", "{} {} thermomètre", "{} {} thermometer"),
        "Diagnostics",
        "Thermometers",
        price=(690, 8990),
    ),
    _article(
        Text("{} {} surgical scissors", "{} {} ciseaux chirurgicaux", "{} {} chirurgische schaar"),
        "Surgery",
        "Instruments",
        price=(990, 18900),
    ),
    _article(
        Text("{} {} dental scaler", "{} {} détartreur", "{} {} tandsteenverwijderaar"),
        "Dentistry",
        "Dentistry",
        price=(4990, 189000),
    ),
    _article(
        Text("{} {} microchip", "{} {} puce électronique", "{} {} microchip"),
        "Identification",
        "Identification",
        price=(290, 24900),
    ),
    _article(
        Text("{} {} surface disinfectant", "{} {} désinfectant pour surfaces", "{} {} oppervlakteontsmetting"),
        "Surfaces",
        "Surfaces",
        price=(590, 7990),
    ),
    _article(Text("{} {} hand gel", "{} {} gel pour les mains", "{} {} handgel"), "Hands", "Hands", price=(190, 3990)),
    _article(
        Text("{} {} women's tunic", "{} {} tunique femme", "{} {} damestuniek"),
        "Clothing",
        "Women's tunics",
        price=(2490, 5990),
        axes=(SIZE, COLOR),
    ),
    _article(
        Text("{} {} men's tunic", "{} {} tunique homme", "{} {} herentuniek"),
        "Clothing",
        "Men's tunics",
        price=(2490, 5990),
        axes=(SIZE, COLOR),
    ),
    Family(
        Text("{} {} pocket badge “clip & go”", "{} {} badge « clip & go »", "{} {} badge ‘clip & go’"),
        _SERIES,
        "Accessories",
        ("Accessories",),
        (190, 1490),
        _TAX[21],
        (COLOR, SIZE),
        kind="consumable",
    ),
    Family(
        Text("{} {} practice manual", "{} {} manuel du praticien", "{} {} praktijkhandboek"),
        _SERIES,
        "Training",
        ("Books & training",),
        (1490, 12900),
        _TAX[12],
        (PACK, SPECIES),
        kind="consumable",
    ),
    Family(
        Text("{} {} on-site training", "{} {} formation sur site", "{} {} opleiding ter plaatse"),
        _SERIES,
        "Training",
        ("Books & training",),
        (9900, 59000),
        _TAX[0],
        (PACK, SPECIES),
        kind="service",
    ),
)

#: How many templates a family has relative to the others, in the order of FAMILIES.
WEIGHTS: Final = (
    8,
    8,
    5,
    3,
    4,
    6,
    5,
    4,
    4,
    4,
    3,
    4,
    5,
    5,
    4,
    5,
    2,
    5,
    4,
    3,
    3,
    4,
    4,
    4,
    2,
    2,
    4,
    1,
    2,
    3,
    2,
    2,
    2,
    1,
    1,
    1,
)

DESCRIPTIONS: Final = (
    Text(
        "{}. For use by veterinary surgeons only; keep between 2 °C and 8 °C.",
        "{}. Réservé à l'usage vétérinaire ; à conserver entre 2 °C et 8 °C.",
        "{}. Uitsluitend voor diergeneeskundig gebruik; bewaren tussen 2 °C en 8 °C.",
    ),
    Text(
        "{}: proven in practice, delivered before noon.",
        "{} : éprouvé au cabinet, livré avant midi.",
        "{}: beproefd in de praktijk, voor de middag geleverd.",
    ),
    Text(
        "{}. Contains β-carotene & α-tocopherol. <Store dry>",
        "{}. Contient du β-carotène & de l'α-tocophérol. <À conserver au sec>",
        "{}. Bevat β-caroteen & α-tocoferol. <Droog bewaren>",
    ),
    Text("{}", "{}"),
    Text(
        "{}.\nSingle use, sterile, latex-free.",
        "{}.\nÀ usage unique, stérile, sans latex.",
        "{}.\nVoor eenmalig gebruik, steriel, latexvrij.",
    ),
)
