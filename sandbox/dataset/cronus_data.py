# ruff: noqa: E501 - a row is a line
"""The CRONUS demonstration company as plain tables, one row per line, columns split by `|`."""

from typing import Final

# code|description|ISO number|symbol|amount|LCY for that amount|invoice rounding|decimals amount, unit
CURRENCIES: Final = """
EUR|Euro|978|€|1|0.6458|0.01|2:2|2:5
USD|US dollar|840|$|100|64.8824|0.01|2:2|2:5
CAD|Canadian dollar|124|$|100|43.1903|0.01|2:2|2:5
CHF|Swiss franc|756||100|54.3424|0.05|2:2|2:5
DKK|Danish krone|208|kr|100|11.68|0.01|2:2|2:5
SEK|Swedish krona|752|kr|100|9.8965|0.01|2:2|2:5
NOK|Norwegian krone|578|kr|100|10.2609|0.01|2:2|2:5
CZK|Czech koruna|203||100|2.6618|0.01|2:2|2:5
ISK|Icelandic krona|352|kr|100|0.9951|1|0:0|0:2
JPY|Japanese yen|392|¥|100|0.5805|1|0:0|0:2
ZAR|South African rand|710||100|7.9903|0.01|2:2|2:5
AUD|Australian dollar|036|$|100|34.2995|0.01|2:2|2:5
"""

# code|description|international code
UNITS: Final = """
PCS|Piece|EA
BOX|Box|BX
KG|Kilogram|KGM
SET|Set|SET
PACK|Pack|PK
KM|Kilometer|KMT
CAN|Can|CA
PALLET|Pallet|PF
L|Liter|LTR
HOUR|Hour|HUR
DAY|Day|DAY
MILES|Miles|1A
"""

# code|name|commission %|job title|phone; KH has no e-mail address
SALESPEOPLE: Final = """
BC|Benjamin Chiu|0|Sales Manager|0161-555-0101
EH|Ester Henderson|0|Salesperson|0161-555-0102
HR|Helena Ray|0|Salesperson|0161-555-0103
KH|KATHERINE HULL|0||
JO|Jim Olive|5|Sales Manager|0161-555-0105
LT|Lina Townsend|5|Designer|0161-555-0106
OF|Otis Falls|5|Salesperson|0161-555-0107
RB|Robin Bettencourt|0|Salesperson|0161-555-0108
"""

# code|description|line discount|invoice discount|price includes VAT|VAT business posting group
PRICE_GROUPS: Final = """
RETAIL|Retail price list|1|1|1|DOMESTIC
LARGE|Large accounts|0|1|0|
WHOLESALE|Wholesale|1|1|0|
EXPORT|Export, euro|1|0|0|
VIP|Negotiated prices|0|0|0|
"""

# No|name|address|post code|city|country|contact|currency|salesperson|terms|discount group|price group|location|VAT number
CUSTOMERS: Final = """
10000|The Cannon Group PLC|192 Market Square|GB-B27 4KT|Birmingham|GB|Andy Teal||JO|1M(8D)||VIP|BLUE|789456278
20000|Selangorian Ltd.|153 Thomas Drive|GB-CV6 1GY|Coventry|GB|Mark McArthur||JO|14 DAYS|RETAIL|RETAIL||254687456
30000|John Haddock Insurance Co.|10 High Tower Green|GB-MO2 4RT|Manchester|GB|Patricia Doyle||JO|CM|LARGE ACC|LARGE||533435789
40000|Deerfield Graphics Company|10 Deerfield Road|GB-GL1 9HM|Gloucester|GB|Kevin Wright||JO|1M(8D)|||YELLOW|733495789
50000|Guildford Water Department|25 Water Way|GB-GU7 5GT|Guildford|GB|Jim Stewart||JO|14 DAYS|RETAIL|RETAIL||582048936
44180220|Afrifield Corporation|100 Maidstone Ave.|GB-ME5 6RL|Maidstone|GB|Ariane Peeters||JO|1M(8D)||WHOLESALE|BLUE|609458790
44171511|Zuni Home Crafts Ltd.|456 Main Street|GB-DY5 4DJ|Dudley|GB|James R. Hamilton||JO|14 DAYS|RETAIL|RETAIL|BLUE|879132357
01121212|Spotsmeyer's Furnishings|612 South Sunset Drive|US-FL 37125|Miami|US|Mike Nash|USD|OF|1M(8D)||EXPORT|YELLOW|
01445544|Progressive Home Furnishings|3000 Roosevelt Blvd.|US-IL 61236|Chicago|US|Scott Mitchell|USD|OF|14 DAYS|RETAIL|RETAIL|YELLOW|
01454545|New Concepts Furniture|705 West Peachtree Street|US-GA 31772|Atlanta|US|Tammy L. McDonald|USD|OF|CM|LARGE ACC|LARGE|YELLOW|
01905893|Candoxy Canada Inc.|18 Cumberland Street|CA-ON P7B 5E2|Thunder Bay|CA|Rob Young|CAD|OF|1M(8D)||EXPORT|YELLOW|
01905899|Elkhorn Airport|105 Buffalo Dr.|CA-MB R0M 0N0|Elkhorn|CA|Ryan Danner|CAD|OF|14 DAYS|RETAIL|RETAIL|YELLOW|
31505050|Woonboulevard Kuitenbrouwer|Industrieweg 11|NL-7202 BP|Zutphen|NL|Maryann Barber|EUR|OF|1M(8D)||EXPORT|YELLOW|159753258B46
31669966|Meersen Meubelen|Vijfpoortenweg 71|NL-6827 BP|Arnhem|NL|Michael Vanderhyde|EUR|OF|14 DAYS|RETAIL|RETAIL|YELLOW|852122584B75
31987987|Candoxy Nederland BV|Westzijdewal 123|NL-1009 AG|Amsterdam|NL|Rob Verhoff|EUR|OF|CM|LARGE ACC|LARGE|YELLOW|456124966B25
32124578|Nieuwe Zandpoort NV|Nieuwstraat 28|BE-2200|Herentals|BE|Kevin Verboort|EUR|OF|1M(8D)||EXPORT|YELLOW|456456456
32656565|Antarcticopy|Katwilgweg 274|BE-2050|Antwerpen|BE|Michael Zeman|EUR|OF|14 DAYS|RETAIL|RETAIL|YELLOW|778998789
32789456|Lovaina Contractors|Vuurberg 137|BE-3000|Leuven|BE|Hans Visser|EUR|OF|CM|LARGE ACC|LARGE|YELLOW|456123456
33002984|Parmentier Boutique|34 Avenue Parmentier|FR-75000|PARIS|FR|Jean E. TRENARY|EUR|OF|14 DAYS|RETAIL|RETAIL||
34010100|Libros S.A.|Plaza Redonda 12|ES-08010|Barcelona|ES|Oscar Alfonso Caceres|EUR|OF|14 DAYS|RETAIL|RETAIL|BLUE|08208612T
34010199|Corporación Beta|Avda. Europa 2|ES-46007|Valencia|ES|Vanessa Garcia Garcia|EUR|OF|1M(8D)||EXPORT|BLUE|46145456T
35451236|Gagn & Gaman|Reykjavikurvegi 66|IS-220|Hafnafjordur|IS|Ragnheidur K. Gudmundsdottir|ISK|OF|14 DAYS|RETAIL|RETAIL|YELLOW|
41497647|Pilatus AG|Bergstrasse 12|CH-6005|Luzern|CH|Gabriele Dickmann|CHF|OF|14 DAYS|RETAIL|RETAIL|BLUE|CHE-123.456.789 TVA
42258258|J & V v.o.s.|Fillova 128|CZ-696 42|Vracov|CZ|Petr Karasek|CZK|OF|14 DAYS|RETAIL|RETAIL|RED|
43687129|Designstudio Gmunden|Seepromenade 1b|AT-4810|Gmunden|AT|Birgitte Vestphael|EUR|OF|1M(8D)||EXPORT|RED|ATU89759098
45282828|Candoxy Kontor A/S|Carl Blochs Gade 7|DK-8000|Arhus C|DK|Jonathan Mollerup|DKK|OF|1M(8D)||EXPORT|YELLOW|78945612
45779977|Ravel Møbler|Parkvej 44|DK-5800|Nyborg|DK|Karen Berg|DKK|OF|CM|LARGE ACC|LARGE|YELLOW|12345679
46897889|Englunds Kontorsmöbler AB|Kungsgatan 18|SE-600 03|Norrkobing|SE||SEK|OF|CM|LARGE ACC|LARGE|YELLOW|777777777701
47563218|Klubben|Skogveien 3|NO-1344|Haslum|NO|Thomas Andersen|NOK|OF|14 DAYS|RETAIL|RETAIL|YELLOW|
49633663|Autohaus Mielberg KG|Porschestraße 911|DE-22417|Hamburg 36|DE||EUR|OF|14 DAYS|RETAIL|RETAIL|GREEN|525252141
49858585|Hotel Pferdesee|Plett Straße 187|DE-60320|Frankfurt/Main|DE|Jonathan Haas|EUR|OF|1M(8D)|LARGE ACC|WHOLESALE|GREEN|963963963
27321782|Karoo Supermarkets|38 Voortrekker Street|ZA-9300|Bloemfontein|ZA|Pieter Wycoff|ZAR|OF|14 DAYS|RETAIL|RETAIL|YELLOW|
"""

# No|name|customer of the company|salesperson
PERSONS: Final = """
CT100140|David Hodgson|10000|JO
CT100163|Doris Hartwig|32789456|OF
CT100156|John Emory|10000|JO
CT100219|Patrick Dalle|32789456|OF
CT100210|Stephanie Bourne|10000|JO
CT100230|Jaime Bastidas|34010100|OF
CT200136|Mindy Martin|10000|JO
CT100144|Erik Ismert|35451236|OF
CT200079|Tina Gorenc|30000|OF
CT100217|Peter Waxman|41497647|OF
CT200080|Pamela Ansman-Wolfe|30000|OF
CT200070|Diane Margheim|41497647|OF
CT100132|Andrew Cencini|01121212|OF
CT100199|Alex Nayberg|42258258|OF
CT100218|Gary W. Yukich|01445544|OF
CT100160|Yvonne McKay|44171511|JO
CT100152|Belinda Newman|01454545|OF
CT100209|Ann Beebe|44171511|JO
CT100158|Mia Sofie Hoffritz|31505050|OF
CT100202|Janice Galvin|44180220|JO
CT100226|Martin Skamris|31505050|OF
CT100232|Ingelise Lang|45282828|OF
CT200009|Michael DeVoe|31505050|OF
CT100220|Lene Rathkjen|45779977|OF
CT100148|Monica Brink|31669966|OF
CT100172|Britta Simon|46897889|OF
CT100215|Kenneth Cools|32124578|OF
CT100198|Cornelia Weiler|49858585|OF
"""

# No|name|address|post code|city|country|currency|salesperson; companies that are no customers
PROSPECTS: Final = """
CT100001|Eco Office Inc.|Sgt. Millers Dirve|US-IL 61236|Chicago|US|USD|EH
CT100003|Capital Office Furnishings|220 Richdale Ave|US-NY 11010|New York|US|USD|RB
CT100005|Taylor"s Office Warehouse|395 Westgate Drive|US-GA 31772|Atlanta|US|USD|OF
CT100016|DanMøbler|Vindegade 72|DK-2100|København Ø|DK|DKK|RB
CT100017|Furnitures At Work|854 Theater Road|GB-WD1 6YG|Watford|GB||EH
CT100239|Cane Showroom|Ringwood Road|GB-M61 2YG|Manchester|GB||HR
CT100240|Lordship Lane Furnishers|457 Lordship Lane|GB-NP5 6GH|Newport|GB||LT
"""

# No|name|salesperson; persons without a company
LONERS: Final = """
CT100211|Peter Conelly|EH
CT100212|Karen Archer|HR
"""

# No|description|base unit|unit price|unit cost|category|inventory|other units
ITEMS: Final = """
1896-S|ATHENS Desk|PCS|649.4|506.6|DESK|261|BOX=4
1900-S|PARIS Guest Chair, black|PCS|125.1|97.5|CHAIR|145|SET=4
1906-S|ATHENS Mobile Pedestal|PCS|281.4|219.5|TABLE|241|
1908-S|LONDON Swivel Chair, blue|PCS|123.3|96.1|CHAIR|286|SET=6
1920-S|ANTWERP Conference Table|PCS|420.4|328|TABLE|113|
1924-W|CHAMONIX Base Storage Unit|PCS|136.4|81.6||6|
1925-W|Conference Bundle 1-6|PCS|122.5|0||0|
1928-S|AMSTERDAM Lamp|PCS|35.6|27.8|MISC|303|
1928-W|ST.MORITZ Storage Unit/Drawers|PCS|342.1|192||8|
1936-S|BERLIN Guest Chair, yellow|PCS|125.1|97.5|CHAIR|136|SET=6
1952-W|OSLO Storage Unit/Shelf|PCS|158.5|93.6||4|
1960-S|ROME Guest Chair, green|PCS|125.1|97.5|CHAIR|185|SET=4
1964-S|TOKYO Guest Chair, blue|PCS|125.1|97.5|CHAIR|159|SET=6
1964-W|INNSBRUCK Storage Unit/G.Door|PCS|292|171.2||11|
1968-S|MEXICO Swivel Chair, black|PCS|123.3|96.1|CHAIR|278|SET=4
1968-W|GRENOBLE Whiteboard, red|PCS|974.8|708.6||20|
1972-S|MUNICH Swivel Chair, yellow|PCS|123.3|96.1|CHAIR|132|SET=4
1972-W|SAPPORO Whiteboard, black|PCS|974.8|708.6||11|
1976-W|INNSBRUCK Storage Unit/W.Door|PCS|256.1|150.6||9|
1980-S|MOSCOW Swivel Chair, red|PCS|123.3|96.1|CHAIR|103|SET=6
1988-S|SEOUL Guest Chair, red|PCS|125.1|97.5|CHAIR|167|SET=4
1992-W|ALBERTVILLE Whiteboard, green|PCS|974.8|708.6||11|
1996-S|ATLANTA Whiteboard, base|PCS|906.7|707.2|MISC|189|
2000-S|SYDNEY Swivel Chair, green|PCS|123.3|96.1|CHAIR|163|SET=6
766BC-A|CONTOSO Conference System|PCS|5413.8|3519||2|
70011|Glass Door|PCS|72.3|36.9||2165|
70040|Drawer|PCS|108.2|55.1||2221|
70060|Mounting|PCS|13.1|6.7||83|
70100|Paint, black|CAN|2.7|1.4||3662|
80100|Printing Paper|BOX|5.7|3||0|PACK=0.2;PALLET=32
1000|Bicycle|PCS|4000|350.6||0|
"""

# No|name|type|job title|direct cost|indirect %|unit price|other units
RESOURCES: Final = """
KATHERINE|Katherine Hull|Person|Service Manager|49|10|107|
LIFT|Lift for Furniture|Machine||0|0|292|
LINA|Lina Townsend|Person|Designer|49|10|107|
MARTY|Marty Horst|Person|Cabinetmaker|29|10|54|
TERRY|Terry Dodds|Person|Cabinetmaker|29|10|54|
RESOURCE1|Electrician|Person||50|0|0|
RESOURCE2|Plumber|Person||50|0|0|
RESOURCE3|Installer|Person||70|0|100|
VAN|Delivery van|Machine||18|0|40|MILES=0.02
TRAINER|Product trainer|Person|Trainer|60|10|120|DAY=8
"""

# item|sales type|sales code|start|end|currency|unit|minimum quantity|price
# One price per price list, product and unit, one currency per list, the product's own base unit: what a CRM price list can hold.
SALES_PRICES: Final = """
1936-S|All Customers||2017-01-20||||0|143.9
1972-W|All Customers||2017-01-01||||0|843.345
1928-S|All Customers||||EUR||0|54
1896-S|Customer Price Group|RETAIL|2017-01-01|||PCS|0|779.28
1900-S|Customer Price Group|RETAIL|2017-01-01|||PCS|0|150.12
80100|Customer Price Group|RETAIL|2017-01-01|||BOX|0|6.25
1896-S|Customer Price Group|LARGE|2017-01-01|||PCS|10|599
1906-S|Customer Price Group|LARGE|2017-01-01|||PCS|50|259
1900-S|Customer Price Group|WHOLESALE|2017-01-01|||PCS|0|110
70100|Customer Price Group|WHOLESALE|2017-01-01|||CAN|0|2.345
1908-S|Customer Price Group|EXPORT|2017-01-01||EUR|PCS|0|189
1972-W|Customer Price Group|EXPORT|2017-01-01||EUR|PCS|0|1505.5
1920-S|Customer Price Group|VIP|2017-01-01|||PCS|0|399
1968-S|Customer Price Group|VIP|||||0|115.5
1896-S|Customer|10000|2017-01-01|2017-12-31||PCS|0|610
1968-S|Campaign|CP1001|2017-01-15|2017-02-15||PCS|0|99
"""

# code|due|discount date|discount %|description
PAYMENT_TERMS: Final = """
CM|<CM>||0|Current Month
COD|<0D>||0|Cash on delivery
1M(8D)|<1M>|<8D>|2|1 Month/2% 8 days
2 DAYS|<2D>||0|Net 2 days
7 DAYS|<7D>||0|Net 7 days
10 DAYS|<10D>||0|Net 10 days
14 DAYS|<14D>||0|Net 14 days
15 DAYS|<15D>||0|Net 15 days
21 DAYS|<21D>||0|Net 21 days
30 DAYS|<30D>||0|Net 30 days
60 DAYS|<60D>||0|Net 60 days
"""

# code|description
SHIPMENT_METHODS: Final = """
CFR|Cost and Freight
CIF|Cost Insurance and Freight
CIP|Carriage and Insurance Paid
CPT|Carriage Paid to
DAF|Delivered at Frontier
DDP|Delivered Duty Paid
DDU|Delivered Duty Unpaid
DELIVERY|Delivery
DEQ|Delivered ex Quay
DES|Delivered ex Ship
EXW|Ex Warehouse
FAS|Free Alongside Ship
FCA|Free Carrier
FOB|Free on Board
PICKUP|Pickup at Location
"""

# code|name|address
SHIPPING_AGENTS: Final = """
DHL|DHL Systems, Inc.|www.dhl.com/en/express/tracking.html?AWB=%1&brand=DHL
FEDEX|Federal Express Corporation|www.fedex.com/apps/fedextrack/?tracknumbers=%1
OWN LOG.|Own Logistics|
UPS|United Parcel Service of America, Inc.|wwwapps.ups.com/tracking/tracking.cgi?tracknum=%1
"""

# agent|code|description|time
AGENT_SERVICES: Final = """
DHL|OVERNIGHT|Overnight delivery|1D
DHL|STANDARD|Standard delivery|2D
FEDEX|NEXT DAY|Next day delivery|1D
FEDEX|STANDARD|Standard delivery|2D
OWN LOG.|NEXT DAY|Next day delivery|1D
"""

# code|name
COUNTRIES: Final = """
AT|Austria
AU|Australia
BE|Belgium
CA|Canada
CH|Switzerland
CZ|Czech Republic
DE|Germany
DK|Denmark
ES|Spain
FR|France
GB|Great Britain
IS|Iceland
IT|Italy
JP|Japan
NL|Netherlands
NO|Norway
SE|Sweden
US|USA
ZA|South Africa
"""

# No|customer|posting date|lines item*quantity@location
ORDERS: Final = """
101001|10000|2017-01-05|1968-S*5@RED;1996-S*7@RED
101002|01445544|2017-01-21|1928-S*14@GREEN;1972-S*1@GREEN
101003|32656565|2017-01-09|1968-S*4@RED;1960-S*7@RED;1976-W*5@RED;70011*1@RED
101004|20000|2017-01-11|1896-S*1@GREEN
101005|30000|2017-01-12|1920-S*4@RED
101006|49633663|2017-01-14|1896-S*1@RED;1906-S*1@RED
101011|43687129|2017-01-13|1920-S*5@GREEN;1900-S*12@GREEN;1996-S*1@GREEN
101013|46897889|2017-01-19|1952-W*1@GREEN;1928-W*2@GREEN;1964-W*2@GREEN
101016|10000|2017-01-26|1920-S*1@RED
101023|30000|2017-02-22|1920-S*4@GREEN;1936-S*23@GREEN
"""

# No|customer|posting date|lines resource*quantity
INVOICES: Final = """
103001|10000|2017-01-23|TERRY*25;VAN*2
103002|20000|2017-01-23|TERRY*25;VAN*3
103003|30000|2017-01-23|TERRY*25;VAN*1
"""

# No|description|salesperson|contact, or @customer for its company contact|created|status|closed
OPPORTUNITIES: Final = """
OP100015|Assembling furniture|JO|CT200136|2017-01-04|Won|2017-01-26
OP100016|Assembling furniture|JO|@20000|2017-01-04|Won|2017-01-21
OP100022|Storage facilities|BC|CT100140|2017-01-21|In Progress|
OP100025|Guest chairs for the reception|HR|@40000|2017-01-24|In Progress|
OP100027|Desks for the service dept.|JO|@50000|2016-11-01|Not Started|
OP100037|Conference table|OF|@01445544|2016-09-26|Lost|2016-10-16
"""
