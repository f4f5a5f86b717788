"""Words the scaled-up data is made of; umlauts, accents, apostrophes and signs are in them on purpose."""

from __future__ import annotations

from typing import Final

FIRST: Final = tuple(
    "Adler Ångström Baltic Börse Château Dürer Élan Fjord Grünwald Hölderlin Ísland Jäger Köln Łódź Möwe Nørrebro "
    "O'Hara Pömpö Québec Rhône Śląsk Söder Tübingen Überlingen Västra Wörth Ypsilon Zürich Alpha Bristol Cardiff Dover "
    "Exeter Falmouth Grantham Harwich Ipswich Jersey Kendal Luton Margate Norwich Oxford Penrith Quorn Ripon Stafford "
    "Truro Ulverston Ventnor Whitby Yeovil".split()
)
TRADE: Final = (
    "Furniture", "Möbel", "Interiors", "Office Supplies", "Bürobedarf", "Kontorsmöbler", "Muebles", "Meubelen", "Design",
    "Workspace", "Joinery", "Tischlerei", "Lighting", "Glass", "Timber", "Holz & Söhne", "Trading", "Imports", "Logistics",
    "Contractors", "Hotels", "Clinics", "Schools", "Foods", "Bäckerei", "Motors", "Tools", "Textiles", "Paper", "Print",
)  # fmt: skip
FORM: Final = ("Ltd.", "PLC", "GmbH", "AG", "KG", "AB", "A/S", "BV", "NV", "S.A.", "Inc.", "Co.")
GIVEN: Final = tuple(
    "Anna Åsa Björn Chloé Dörte Émile François Günther Hélène Inês Jürgen Käthe Léa Märta Noël Ólafur Pål Rosa Søren "
    "Thérèse Ursula Věra Wanda Zoë Adam Beth Colin Dawn Evan Fay Gary Hugh Iris Jane Karl Lucy Mark Nina Owen Paul "
    "Ruth Sam Tom Una Vera Will Yves Zara".split()
)
MIDDLE: Final = (
    "",
    "A.",
    "B.",
    "C.",
    "D.",
    "E.",
    "F.",
    "G.",
    "H.",
    "J.",
    "K.",
    "L.",
    "M.",
    "N.",
    "P.",
    "R.",
    "S.",
    "T.",
)
FAMILY: Final = tuple(
    "Åberg Börjesson Çelik D'Angelo Éluard Fröhlich Groß Höß Ibáñez Jönsson Kovács Lefèvre Müller Núñez O'Neill Pérez "
    "Quiñones Rößler Šimek Þórsson Übel Vågen Weiß Ximénez Yılmaz Žižka Abbott Barnes Carter Dixon Ellis Foster Grant "
    "Hughes Ingram Jarvis Knight Lamb Mason Newton Osborne Palmer Quinn Reed Shaw Turner Upton Vance Webb Young "
    "Ansman-Wolfe McKay McArthur Berg Lund Holm Dahl Krog Vik Moen Haug".split()
)
TITLES: Final = ("Buyer", "Einkäufer", "Managing Director", "Accountant", "Warehouse Manager", "Architect", "")
THINGS: Final = (
    "Desk", "Guest Chair", "Swivel Chair", "Conference Table", "Lamp", "Whiteboard", "Shelf", "Storage Unit", "Pedestal",
    "Sofa", "Bench", "Stool", "Cabinet", "Locker", "Screen", "Coat Stand", "Bin", "Drawer", "Door", "Mounting",
)  # fmt: skip
COLOURS: Final = (
    "black", "white", "red", "blue", "green", "yellow", "grey", "oak", "beech", "walnut", "steel", "glass", "18 mm", "25 mm",
    "60 x 80", "80 x 120", "small", "large", "left", "right", "1\"", "½ size", "café", "weiß", "grün",
)  # fmt: skip
STREETS: Final = (
    "Hauptstraße", "Kungsgatan", "High Street", "King's Road", "Rue de l'Église", "Calle Núñez", "Østergade", "Bahnhofstraße",
    "Market Square", "Mühlenweg", "Storgatan", "Industrieweg", "Plaça Major", "Church Lane", "Am Südhang",
)  # fmt: skip
# post code, city, country, currency
PLACES: Final = (
    ("GB-B1 1AA", "Birmingham", "GB", ""), ("GB-LS1 4AP", "Leeds", "GB", ""), ("GB-EH1 1YZ", "Edinburgh", "GB", ""),
    ("GB-CF10 1EP", "Cardiff", "GB", ""), ("GB-BT1 5GS", "Belfast", "GB", ""), ("GB-NE1 4ST", "Newcastle", "GB", ""),
    ("DE-80331", "München", "DE", "EUR"), ("DE-50667", "Köln", "DE", "EUR"), ("DE-40213", "Düsseldorf", "DE", "EUR"),
    ("DE-90402", "Nürnberg", "DE", "EUR"), ("AT-1010", "Wien", "AT", "EUR"), ("CH-8001", "Zürich", "CH", "CHF"),
    ("CH-1201", "Genève", "CH", "CHF"), ("FR-69001", "Lyon", "FR", "EUR"), ("FR-67000", "Strasbourg", "FR", "EUR"),
    ("ES-15001", "A Coruña", "ES", "EUR"), ("NL-3511 AB", "Utrecht", "NL", "EUR"), ("BE-9000", "Gent", "BE", "EUR"),
    ("DK-8000", "Aarhus C", "DK", "DKK"), ("DK-5000", "Odense C", "DK", "DKK"), ("SE-413 01", "Göteborg", "SE", "SEK"),
    ("SE-211 20", "Malmö", "SE", "SEK"), ("NO-5003", "Bergen", "NO", "NOK"), ("IS-101", "Reykjavík", "IS", "ISK"),
    ("CZ-602 00", "Brno", "CZ", "CZK"), ("US-WA 98052", "Redmond", "US", "USD"), ("US-MA 02108", "Boston", "US", "USD"),
    ("CA-QC H2Y 1C6", "Montréal", "CA", "CAD"), ("ZA-8001", "Cape Town", "ZA", "ZAR"), ("AU-2000", "Sydney", "AU", "AUD"),
)  # fmt: skip
