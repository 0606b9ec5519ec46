# ruff: noqa: E501 - a table of words with one row an item
"""What vendors sell and what they are called, in six languages: data, no behaviour.

Tuples of six follow LANGUAGES. Prices are per unit in whole currency, before
tax; both ranges are wide, a company draws its own level from them.
"""

from collections.abc import Mapping
from typing import NamedTuple

LANGUAGES = ("de", "en", "fr", "es", "it", "pt")
LANGUAGE_OF = {
    "DE": "de", "GB": "en", "FR": "fr", "ES": "es", "IT": "it", "PT": "pt", "US": "en",
}  # fmt: skip
CURRENCIES = {"GB": "GBP", "US": "USD"}
"""Currency by country where it is not the euro."""
Six = tuple[str, str, str, str, str, str]


class Item(NamedTuple):
    """Something sold: its names, unit (UN/ECE Rec 20), price and quantity per invoice."""

    names: Six
    unit: str
    price: tuple[float, float]
    quantity: tuple[float, float]


class Category(NamedTuple):
    """A line of trade: how its vendors bill, with weights, and what they sell."""

    modes: Mapping[str, float]
    trade: Six
    items: tuple[Item, ...]
    vat: str = "standard"


def _item(
    unit: str, price: tuple[float, float], quantity: tuple[float, float], *names: str
) -> Item:
    de, en, fr, es, it, pt = names
    return Item((de, en, fr, es, it, pt), unit, price, quantity)


CATEGORIES: Mapping[str, Category] = {
    "rent": Category(
        {"flat": 1.0},
        ("Immobilien", "Property", "Immobilier", "Inmobiliaria", "Immobiliare", "Imobiliária"),
        (
            _item("MON", (900, 9000), (1, 1), "Miete Geschäftsräume", "Rent of premises", "Loyer des locaux", "Alquiler del local", "Canone di locazione", "Renda das instalações"),
            _item("MON", (60, 400), (1, 1), "Stellplatzmiete", "Parking spaces", "Places de stationnement", "Plazas de garaje", "Posti auto", "Lugares de estacionamento"),
        ),
    ),
    "telecom": Category(
        {"flat": 0.8, "metered": 0.2},
        ("Telekom", "Telecom", "Télécom", "Telecomunicaciones", "Telecomunicazioni", "Telecomunicações"),
        (
            _item("MON", (29, 480), (1, 6), "Internetanschluss", "Internet line", "Accès internet", "Línea de internet", "Linea internet", "Acesso à internet"),
            _item("C62", (9, 60), (3, 60), "Mobilfunktarif", "Mobile plan", "Forfait mobile", "Tarifa móvil", "Piano mobile", "Tarifário móvel"),
        ),
    ),
    "software": Category(
        {"flat": 0.9, "adhoc": 0.1},
        ("Software", "Software", "Logiciels", "Software", "Software", "Software"),
        (
            _item("C62", (8, 90), (5, 120), "Softwarelizenz je Nutzer", "Software licence per user", "Licence logicielle par utilisateur", "Licencia de software por usuario", "Licenza software per utente", "Licença de software por utilizador"),
            _item("MON", (90, 1900), (1, 3), "Hosting und Betrieb", "Hosting and operation", "Hébergement et exploitation", "Alojamiento y operación", "Hosting e gestione", "Alojamento e operação"),
        ),
    ),
    "leasing": Category(
        {"flat": 1.0},
        ("Leasing", "Leasing", "Location", "Renting", "Noleggio", "Aluguer"),
        (
            _item("MON", (240, 900), (1, 4), "Leasingrate Fahrzeug", "Vehicle lease instalment", "Loyer véhicule", "Cuota renting vehículo", "Canone veicolo", "Renda de viatura"),
            _item("MON", (70, 600), (1, 5), "Leasingrate Kopiergerät", "Copier lease instalment", "Loyer photocopieur", "Cuota fotocopiadora", "Canone fotocopiatrice", "Renda de fotocopiadora"),
        ),
    ),
    "energy": Category(
        {"metered": 1.0},
        ("Energie", "Energy", "Énergie", "Energía", "Energia", "Energia"),
        (
            _item("KWH", (0.11, 0.42), (900, 30000), "Strom Arbeitspreis", "Electricity, unit rate", "Électricité, prix du kWh", "Electricidad, término de energía", "Energia elettrica, quota consumo", "Eletricidade, energia ativa"),
            _item("KWH", (0.05, 0.16), (2000, 60000), "Erdgas Arbeitspreis", "Natural gas, unit rate", "Gaz naturel, prix du kWh", "Gas natural, término variable", "Gas naturale, quota consumo", "Gás natural, termo variável"),
        ),
    ),
    "water": Category(
        {"metered": 1.0},
        ("Wasserwerke", "Water", "Eaux", "Aguas", "Acque", "Águas"),
        (
            _item("MTQ", (1.6, 6.5), (20, 900), "Trink- und Abwasser", "Water and sewerage", "Eau et assainissement", "Agua y saneamiento", "Acqua e fognatura", "Água e saneamento"),
        ),
        vat="reduced",
    ),
    "cleaning": Category(
        {"hours": 0.6, "flat": 0.3, "adhoc": 0.1},
        ("Gebäudereinigung", "Cleaning", "Nettoyage", "Limpiezas", "Pulizie", "Limpezas"),
        (
            _item("HUR", (19, 42), (20, 260), "Unterhaltsreinigung", "Office cleaning", "Nettoyage des locaux", "Limpieza de oficinas", "Pulizia uffici", "Limpeza de escritórios"),
            _item("HUR", (24, 55), (6, 60), "Glasreinigung", "Window cleaning", "Nettoyage des vitres", "Limpieza de cristales", "Pulizia vetri", "Limpeza de vidros"),
        ),
    ),
    "security": Category(
        {"hours": 0.8, "flat": 0.2},
        ("Sicherheit", "Security", "Sécurité", "Seguridad", "Vigilanza", "Segurança"),
        (
            _item("HUR", (18, 39), (60, 500), "Objektschutz", "Site guarding", "Gardiennage", "Vigilancia", "Servizio di vigilanza", "Vigilância"),
            _item("HUR", (21, 45), (10, 90), "Revierdienst", "Mobile patrol", "Rondes de sécurité", "Rondas de seguridad", "Ronda notturna", "Rondas móveis"),
        ),
    ),
    "maintenance": Category(
        {"hours": 0.4, "adhoc": 0.35, "flat": 0.25},
        ("Gebäudetechnik", "Facility Services", "Maintenance", "Mantenimiento", "Manutenzioni", "Manutenção"),
        (
            _item("HUR", (48, 115), (2, 60), "Wartung Heizung und Lüftung", "Heating and ventilation service", "Entretien chauffage et ventilation", "Mantenimiento de climatización", "Manutenzione climatizzazione", "Manutenção de climatização"),
            _item("HUR", (52, 130), (2, 40), "Aufzugswartung", "Lift maintenance", "Entretien des ascenseurs", "Mantenimiento de ascensores", "Manutenzione ascensori", "Manutenção de elevadores"),
            _item("C62", (15, 480), (1, 30), "Ersatzteile", "Spare parts", "Pièces détachées", "Repuestos", "Ricambi", "Peças de substituição"),
        ),
    ),
    "materials": Category(
        {"orders": 1.0},
        ("Baustoffe", "Materials", "Matériaux", "Materiales", "Materiali", "Materiais"),
        (
            _item("C62", (2, 60), (20, 900), "Profilschienen", "Profile rails", "Rails profilés", "Perfiles", "Profilati", "Perfis"),
            _item("KGM", (0.9, 14), (50, 2500), "Stahlblech", "Sheet steel", "Tôle d’acier", "Chapa de acero", "Lamiera d’acciaio", "Chapa de aço"),
            _item("MTR", (1.2, 28), (30, 1500), "Installationskabel", "Installation cable", "Câble d’installation", "Cable de instalación", "Cavo da installazione", "Cabo de instalação"),
            _item("C62", (9, 220), (4, 120), "Dämmplatten", "Insulation boards", "Panneaux isolants", "Paneles aislantes", "Pannelli isolanti", "Painéis isolantes"),
        ),
    ),
    "parts": Category(
        {"orders": 1.0},
        ("Technik", "Components", "Composants", "Componentes", "Componenti", "Componentes"),
        (
            _item("C62", (3, 190), (5, 400), "Kugellager", "Ball bearings", "Roulements à billes", "Rodamientos", "Cuscinetti a sfera", "Rolamentos"),
            _item("C62", (12, 650), (1, 60), "Hydraulikventile", "Hydraulic valves", "Vannes hydrauliques", "Válvulas hidráulicas", "Valvole idrauliche", "Válvulas hidráulicas"),
            _item("C62", (0.4, 9), (100, 5000), "Verbindungselemente", "Fasteners", "Visserie", "Tornillería", "Viteria", "Parafusaria"),
            _item("C62", (25, 900), (1, 40), "Sensoren", "Sensors", "Capteurs", "Sensores", "Sensori", "Sensores"),
        ),
    ),
    "office": Category(
        {"orders": 0.5, "adhoc": 0.5},
        ("Bürobedarf", "Office Supplies", "Fournitures", "Suministros", "Forniture", "Economato"),
        (
            _item("C62", (3, 9), (10, 300), "Kopierpapier A4", "Copy paper A4", "Papier A4", "Papel A4", "Carta A4", "Papel A4"),
            _item("C62", (25, 190), (1, 30), "Tonerkartusche", "Toner cartridge", "Cartouche de toner", "Cartucho de tóner", "Cartuccia toner", "Toner"),
            _item("C62", (60, 720), (1, 25), "Bürostuhl", "Office chair", "Chaise de bureau", "Silla de oficina", "Sedia da ufficio", "Cadeira de escritório"),
        ),
    ),
    "packaging": Category(
        {"orders": 0.7, "deliveries": 0.3},
        ("Verpackungen", "Packaging", "Emballages", "Embalajes", "Imballaggi", "Embalagens"),
        (
            _item("C62", (0.3, 4), (200, 6000), "Faltkartons", "Folding boxes", "Cartons pliants", "Cajas plegables", "Scatole pieghevoli", "Caixas dobráveis"),
            _item("C62", (8, 28), (10, 250), "Europaletten", "Euro pallets", "Palettes Europe", "Europalés", "Pallet EUR", "Paletes Euro"),
        ),
    ),
    "catering": Category(
        {"deliveries": 0.8, "adhoc": 0.2},
        ("Catering", "Catering", "Traiteur", "Catering", "Ristorazione", "Restauração"),
        (
            _item("C62", (6, 19), (15, 220), "Mittagessen", "Lunches", "Repas de midi", "Almuerzos", "Pranzi", "Almoços"),
            _item("C62", (11, 40), (4, 60), "Buffet je Person", "Buffet per person", "Buffet par personne", "Bufé por persona", "Buffet a persona", "Buffet por pessoa"),
        ),
        vat="meal",
    ),
    "logistics": Category(
        {"deliveries": 0.6, "adhoc": 0.4},
        ("Spedition", "Logistics", "Transports", "Transportes", "Trasporti", "Transportes"),
        (
            _item("C62", (28, 260), (1, 40), "Palettentransport", "Pallet transport", "Transport de palettes", "Transporte de palés", "Trasporto pallet", "Transporte de paletes"),
            _item("KMT", (0.9, 2.6), (80, 2400), "Direktfahrt", "Direct haulage", "Course directe", "Transporte directo", "Trasporto diretto", "Transporte direto"),
        ),
    ),
    "consulting": Category(
        {"hours": 0.7, "adhoc": 0.3},
        ("Beratung", "Consulting", "Conseil", "Consultoría", "Consulenza", "Consultoria"),
        (
            _item("HUR", (75, 230), (6, 160), "Beratungsleistung", "Consulting services", "Prestations de conseil", "Servicios de consultoría", "Servizi di consulenza", "Serviços de consultoria"),
            _item("DAY", (650, 1800), (1, 22), "Projekttage", "Project days", "Jours de projet", "Jornadas de proyecto", "Giornate di progetto", "Dias de projeto"),
        ),
    ),
    "legal": Category(
        {"adhoc": 1.0},
        ("Rechtsanwälte", "Solicitors", "Avocats", "Abogados", "Avvocati", "Advogados"),
        (
            _item("HUR", (140, 390), (1, 40), "Rechtsberatung", "Legal advice", "Conseil juridique", "Asesoría jurídica", "Consulenza legale", "Assessoria jurídica"),
        ),
    ),
    "construction": Category(
        {"stages": 0.85, "adhoc": 0.15},
        ("Bau", "Construction", "Bâtiment", "Construcciones", "Costruzioni", "Construções"),
        (
            _item("C62", (4000, 60000), (1, 1), "Abschlagszahlung Umbau", "Stage payment, conversion works", "Acompte travaux de rénovation", "Certificación de obra de reforma", "Stato avanzamento lavori", "Auto de medição de obra"),
        ),
    ),
    "craft": Category(
        {"adhoc": 1.0},
        ("Handwerk", "Trades", "Artisanat", "Instalaciones", "Impianti", "Instalações"),
        (
            _item("HUR", (38, 85), (1, 60), "Malerarbeiten", "Painting works", "Travaux de peinture", "Trabajos de pintura", "Lavori di tinteggiatura", "Trabalhos de pintura"),
            _item("HUR", (42, 95), (1, 40), "Elektroarbeiten", "Electrical works", "Travaux d’électricité", "Trabajos de electricidad", "Lavori elettrici", "Trabalhos de eletricidade"),
        ),
    ),
    "freelance": Category(
        {"adhoc": 0.7, "hours": 0.3},
        ("Design", "Design", "Création", "Diseño", "Grafica", "Design"),
        (
            _item("HUR", (45, 120), (4, 90), "Grafik und Layout", "Graphic design", "Création graphique", "Diseño gráfico", "Progetto grafico", "Design gráfico"),
            _item("HUR", (40, 110), (4, 80), "Texte und Übersetzung", "Copywriting and translation", "Rédaction et traduction", "Redacción y traducción", "Redazione e traduzione", "Redação e tradução"),
        ),
    ),
}  # fmt: skip
"""Lines of trade by the word that the vendor master uses."""

VAT_RATES: Mapping[str, Mapping[str, str]] = {
    "DE": {"standard": "19", "reduced": "7", "meal": "7"},
    "FR": {"standard": "20", "reduced": "5.5", "meal": "10"},
    "ES": {"standard": "21", "reduced": "10", "meal": "10"},
    "IT": {"standard": "22", "reduced": "10", "meal": "10"},
    "PT": {"standard": "23", "reduced": "6", "meal": "13"},
    "GB": {"standard": "20", "reduced": "5", "meal": "20"},
    "US": {"standard": "8.25", "reduced": "0", "meal": "8.25"},
}  # fmt: skip
"""VAT rates in percent by country of the seller; sales tax for the US, where states differ.

`meal` is of food that is delivered ready to eat.
"""
ALSO_SOLD: Mapping[str, tuple[tuple[str, tuple[str, ...], Item], ...]] = {
    "catering": (
        ("standard", ("DE", "FR", "ES", "IT", "PT"), _item("C62", (0.4, 3), (20, 200), "Geschirrverleih", "Crockery hire", "Location de vaisselle", "Alquiler de vajilla", "Noleggio stoviglie", "Aluguer de loiça")),
    ),
    "office": (
        ("reduced", ("DE", "FR", "PT"), _item("C62", (18, 90), (1, 12), "Fachbuch", "Reference book", "Ouvrage professionnel", "Libro técnico", "Libro tecnico", "Livro técnico")),
        ("reduced", ("DE", "FR", "ES", "IT"), _item("C62", (3, 12), (4, 40), "Gebäckmischung", "Assorted biscuits", "Biscuits assortis", "Galletas surtidas", "Biscotti assortiti", "Bolachas sortidas")),
    ),
}  # fmt: skip
"""What a trade also sells at another rate than its own: the rate, and in which countries."""
SALES_TAX: Mapping[str, str] = {
    "TX": "8.25", "IL": "6.25", "WA": "6.5", "GA": "4", "OH": "5.75", "CO": "2.9", "NC": "4.75",
    "PA": "6", "OR": "0", "MA": "6.25",
}  # fmt: skip
"""Sales tax of states in percent, without that of counties and cities."""

SURNAMES: Mapping[str, tuple[str, ...]] = {
    "DE": ("Albrecht", "Brandt", "Dietrich", "Engel", "Fuchs", "Gerlach", "Haas", "Jansen", "Köhler", "Lorenz", "Möller", "Neumann", "Ott", "Pohl", "Reuter", "Schäfer", "Thiel", "Ullrich", "Vogt", "Winkler", "Zimmermann"),
    "GB": ("Ashworth", "Barlow", "Carter", "Dawson", "Ellison", "Fletcher", "Garside", "Hargreaves", "Ingram", "Kendall", "Lockwood", "Marsden", "Norris", "Oakley", "Pemberton", "Rowley", "Sutcliffe", "Thornton", "Whitaker", "Yates"),
    "FR": ("Aubert", "Besson", "Carpentier", "Delorme", "Etienne", "Fontaine", "Garnier", "Humbert", "Jacquet", "Lacroix", "Marchand", "Noël", "Olivier", "Perrin", "Renaud", "Simonet", "Tessier", "Vasseur"),
    "ES": ("Aguilar", "Benítez", "Campos", "Delgado", "Escudero", "Fuentes", "Gallego", "Herrero", "Ibáñez", "Lozano", "Molina", "Navarro", "Ortega", "Pastor", "Quintana", "Rivas", "Serrano", "Vidal"),
    "IT": ("Amato", "Bianchi", "Colombo", "De Santis", "Esposito", "Ferrara", "Gallo", "Leone", "Marini", "Negri", "Orlando", "Pellegrini", "Rinaldi", "Sartori", "Testa", "Valentini", "Zanetti"),
    "PT": ("Almeida", "Barbosa", "Cardoso", "Duarte", "Esteves", "Figueiredo", "Gonçalves", "Henriques", "Lourenço", "Machado", "Nogueira", "Pacheco", "Queirós", "Ribeiro", "Simões", "Tavares", "Vaz"),
    "US": ("Abbott", "Bergstrom", "Callahan", "Decker", "Emerson", "Fitzgerald", "Grady", "Hollis", "Jefferson", "Kowalski", "Lawson", "Mercer", "Nakamura", "O’Brien", "Preston", "Ramirez", "Sheridan", "Tucker", "Vance", "Whitfield"),
}  # fmt: skip
FIRST_NAMES: Mapping[str, tuple[str, ...]] = {
    "DE": ("Anna", "Bernd", "Claudia", "Dirk", "Eva", "Frank", "Gisela", "Jens", "Katrin", "Lars", "Nina", "Uwe"),
    "GB": ("Alice", "Brian", "Charlotte", "David", "Emma", "George", "Helen", "Ian", "Laura", "Peter", "Rachel", "Simon"),
    "FR": ("Amélie", "Bruno", "Camille", "Denis", "Élise", "François", "Hélène", "Julien", "Lucie", "Marc", "Sophie", "Yves"),
    "ES": ("Ana", "Carlos", "Elena", "Fernando", "Inés", "Javier", "Lucía", "Manuel", "Nuria", "Pablo", "Rosa", "Sergio"),
    "IT": ("Alessia", "Bruno", "Chiara", "Davide", "Elisa", "Franco", "Giulia", "Luca", "Marta", "Paolo", "Silvia", "Tommaso"),
    "PT": ("Ana", "Bruno", "Catarina", "Duarte", "Filipa", "Hugo", "Inês", "João", "Marta", "Nuno", "Rita", "Tiago"),
    "US": ("Ashley", "Brandon", "Caroline", "Derek", "Erin", "Frank", "Grace", "Hector", "Janet", "Kevin", "Megan", "Tyler"),
}  # fmt: skip
LEGAL_FORMS: Mapping[str, tuple[str, ...]] = {
    "DE": ("GmbH", "GmbH & Co. KG", "AG", "OHG", "UG (haftungsbeschränkt)"),
    "GB": ("Ltd", "Limited", "LLP", "plc"),
    "FR": ("SARL", "SAS", "SA", "EURL"),
    "ES": ("S.L.", "S.A.", "S.L.U."),
    "IT": ("S.r.l.", "S.p.A.", "S.n.c."),
    "PT": ("Lda.", "S.A.", "Unipessoal Lda."),
    "US": ("LLC", "Inc.", "Corp.", "L.P."),
}
STREETS: Mapping[str, tuple[str, ...]] = {
    "DE": ("Hauptstraße", "Industriestraße", "Bahnhofstraße", "Gartenweg", "Am Hafen", "Schillerstraße", "Lindenallee", "Mühlenweg", "Ringstraße", "Werkstraße"),
    "GB": ("High Street", "Station Road", "Mill Lane", "Church Road", "Victoria Street", "Park Avenue", "Canal Street", "Foundry Lane"),
    "FR": ("rue de la Gare", "avenue Victor-Hugo", "rue des Lilas", "boulevard de la République", "rue du Moulin", "allée des Tilleuls", "rue Pasteur"),
    "ES": ("Calle Mayor", "Avenida de la Constitución", "Calle del Carmen", "Calle Real", "Paseo de la Estación", "Calle San Juan", "Polígono Industrial Norte"),
    "IT": ("Via Roma", "Via Garibaldi", "Corso Italia", "Via dei Mille", "Viale Europa", "Via Mazzini", "Via dell’Industria"),
    "PT": ("Rua Direita", "Avenida da Liberdade", "Rua do Comércio", "Rua de Santo António", "Rua Nova", "Travessa do Forno", "Rua das Flores"),
    "US": ("Main Street", "Oak Avenue", "Industrial Parkway", "2nd Street", "Commerce Drive", "Maple Avenue", "Washington Boulevard", "Lakeview Road", "Depot Street"),
}  # fmt: skip
CITIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "DE": (("20095", "Hamburg"), ("04109", "Leipzig"), ("50667", "Köln"), ("70173", "Stuttgart"), ("90402", "Nürnberg"), ("28195", "Bremen"), ("30159", "Hannover"), ("44135", "Dortmund")),
    "GB": (("M1 2AB", "Manchester"), ("LS1 4DY", "Leeds"), ("B3 1HN", "Birmingham"), ("BS1 5TR", "Bristol"), ("S1 2HH", "Sheffield"), ("NE1 3AF", "Newcastle upon Tyne")),
    "FR": (("69003", "Lyon"), ("31000", "Toulouse"), ("44000", "Nantes"), ("67000", "Strasbourg"), ("33000", "Bordeaux"), ("59000", "Lille"), ("35000", "Rennes")),
    "ES": (("28013", "Madrid"), ("08007", "Barcelona"), ("46002", "Valencia"), ("41001", "Sevilla"), ("50003", "Zaragoza"), ("48009", "Bilbao"), ("29005", "Málaga")),
    "IT": (("20121", "Milano"), ("10122", "Torino"), ("40126", "Bologna"), ("50123", "Firenze"), ("37121", "Verona"), ("16121", "Genova"), ("35122", "Padova")),
    "PT": (("1100-150", "Lisboa"), ("4000-322", "Porto"), ("3000-213", "Coimbra"), ("4700-320", "Braga"), ("2400-137", "Leiria"), ("3800-160", "Aveiro")),
    "US": (("75201", "Dallas, TX"), ("60606", "Chicago, IL"), ("98101", "Seattle, WA"), ("30303", "Atlanta, GA"), ("43215", "Columbus, OH"), ("80202", "Denver, CO"), ("28202", "Charlotte, NC"), ("19103", "Philadelphia, PA"), ("97204", "Portland, OR"), ("02110", "Boston, MA")),
}  # fmt: skip
DIAL_CODES = {"DE": "49", "GB": "44", "FR": "33", "ES": "34", "IT": "39", "PT": "351", "US": "1"}
