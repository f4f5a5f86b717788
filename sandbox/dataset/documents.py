"""Sales orders, posted invoices and opportunities of the demonstration company."""

from __future__ import annotations

from datetime import date

from sandbox.dataset import cronus_data as data
from sandbox.dataset.company import EMPTY_DATE, Company, Row, days_later, lines, number, shifted
from sandbox.dataset.setup_data import VAT_PERCENT


def add_documents(company: Company, today: date | None) -> None:
    """Orders, invoices and opportunities; customers, contacts, items and resources must be there."""
    customers = {row["No"]: row for row in company["Customer"]}
    for row in lines(data.ORDERS, "no", "customer", "date", "lines"):
        _add_order(company, row, customers[row["customer"]], shifted(row["date"], today))
    for row in lines(data.INVOICES, "no", "customer", "date", "lines"):
        _add_invoice(company, row, customers[row["customer"]], shifted(row["date"], today))
    for row in lines(data.OPPORTUNITIES, "no", "text", "salesperson", "contact", "created", "status", "closed"):
        company["Opportunity"].append(_opportunity(company, row, today))


def document_header(no: str, customer: Row, day: str) -> Row:
    """What an order or an invoice takes over from its customer."""
    header: Row = {"No": no}
    for party in ("Sell_to", "Bill_to", "Ship_to"):
        header[f"{party}_Name" if party != "Sell_to" else "Sell_to_Customer_Name"] = customer["Name"]
        for name in ("Address", "City", "Post_Code", "Country_Region_Code"):
            header[f"{party}_{name}"] = customer.get(name, "")
    header |= {"Sell_to_Customer_No": customer["No"], "Bill_to_Customer_No": customer["No"]}
    taken = (
        "Salesperson_Code Currency_Code Payment_Terms_Code Shipment_Method_Code Location_Code Customer_Price_Group "
        "Gen_Bus_Posting_Group VAT_Bus_Posting_Group Customer_Posting_Group"
    ).split()
    header |= {name: customer.get(name, "") for name in taken}
    dates = "Document_Date", "Posting_Date", "Order_Date", "Shipment_Date"
    return header | dict.fromkeys(dates, day) | {"Due_Date": days_later(day, 30)}


def vat_percent(customer: Row, product: Row) -> int:
    """The VAT that a customer pays on an item or a resource."""
    groups = customer.get("VAT_Bus_Posting_Group", ""), product.get("VAT_Prod_Posting_Group", "")
    return VAT_PERCENT.get(groups, 0)


def order_line(
    no: str, line_no: int, item: Row, quantity: int | float, price: float, location: str, vat: int = 0
) -> Row:
    """A line of an order in the order's own currency, nothing shipped yet; `vat` in percent."""
    amount = round(price * quantity, 2)
    return {
        "Document_Type": "Order",
        "Document_No": no,
        "Line_No": line_no,
        "Type": "Item",
        "No": item["No"],
        "Description": item["Description"],
        "Location_Code": location,
        "Quantity": quantity,
        "Unit_of_Measure_Code": item["Sales_Unit_of_Measure"],
        "Unit_Price": price,
        "Line_Amount": amount,
        "Amount": amount,
        "VAT_Percent": vat,
        "Amount_Including_VAT": round(amount * (1 + vat / 100), 2),
        "Qty_per_Unit_of_Measure": 1,
        "Outstanding_Quantity": quantity,
        "Qty_to_Ship": quantity,
        "Qty_to_Invoice": quantity,
        "Gen_Prod_Posting_Group": item.get("Gen_Prod_Posting_Group", ""),
        "VAT_Prod_Posting_Group": item.get("VAT_Prod_Posting_Group", ""),
    }


def _in_currency(company: Company, amount: float, currency: str) -> float:
    """An amount of local currency in `currency`."""
    if not currency:
        return amount
    rate = next(row for row in company["CurrencyExchangeRate"] if row["Currency_Code"] == currency)
    factor: float = rate["Exchange_Rate_Amount"] / rate["Relational_Exch_Rate_Amount"]
    return round(amount * factor, 3)


def _add_order(company: Company, row: dict[str, str], customer: Row, day: str) -> None:
    header = {"Document_Type": "Order"} | document_header(row["no"], customer, day) | {"Status": "Open"}
    if int(row["no"]) % 2 == 0:
        header |= {"Shipping_Agent_Code": "DHL", "Package_Tracking_No": "4561900081"}
    company["SalesHeader"].append(header)
    for index, text in enumerate(row["lines"].split(";"), start=1):
        no, _, rest = text.partition("*")
        quantity, _, location = rest.partition("@")
        item = company.find("Item", No=no)
        price = _in_currency(company, item["Unit_Price"], customer["Currency_Code"])
        vat = vat_percent(customer, item)
        company["SalesLine"].append(order_line(row["no"], index * 10000, item, number(quantity), price, location, vat))


def _add_invoice(company: Company, row: dict[str, str], customer: Row, day: str) -> None:
    total: float = 0
    with_vat: float = 0
    for index, text in enumerate(row["lines"].split(";"), start=1):
        no, _, quantity = text.partition("*")
        resource = company.find("Resource", No=no)
        amount = round(resource["Unit_Price"] * number(quantity), 2)
        gross = round(amount * (1 + vat_percent(customer, resource) / 100), 2)
        total, with_vat = round(total + amount, 2), round(with_vat + gross, 2)
        company["SalesInvoiceLine"].append(
            {
                "Document_No": row["no"],
                "Line_No": index * 10000,
                "Type": "Resource",
                "No": no,
                "Description": resource["Name"],
                "Quantity": number(quantity),
                "Unit_of_Measure_Code": "HOUR",
                "Unit_Price": resource["Unit_Price"],
                "Line_Amount": amount,
                "Amount": amount,
                "VAT_Percent": vat_percent(customer, resource),
                "Amount_Including_VAT": gross,
            }
        )
    header = document_header(row["no"], customer, day)
    company["SalesInvoiceHeader"].append(header)
    company["CustLedgerEntry"].append(_invoice_entry(len(company["CustLedgerEntry"]) + 1, header, total, with_vat))


def _invoice_entry(entry_no: int, invoice: Row, sales: float, amount: float) -> Row:
    """What a posted invoice in local currency leaves in the customer ledger, nothing of it paid."""
    names = ("Amount", "Amount_LCY", "Remaining_Amount", "Remaining_Amt_LCY")
    return {
        "Entry_No": entry_no,
        "Customer_No": invoice["Bill_to_Customer_No"],
        "Posting_Date": invoice["Posting_Date"],
        "Document_Type": "Invoice",
        "Document_No": invoice["No"],
        "Description": f"Invoice {invoice['No']}",
        "Currency_Code": "",
        "Sales_LCY": sales,
        "Due_Date": invoice["Due_Date"],
        "Open": True,
        **dict.fromkeys(names, amount),
    }


def _opportunity(company: Company, row: dict[str, str], today: date | None) -> Row:
    contact_no = row["contact"]
    if contact_no.startswith("@"):
        contact_no = company.find("ContactBusinessRelation", No=contact_no[1:])["Contact_No"]
    contact = company.find("Contact", No=contact_no)
    return {
        "No": row["no"],
        "Description": row["text"],
        "Contact_No": contact_no,
        "Contact_Name": contact["Name"],
        "Contact_Company_No": contact["Company_No"],
        "Contact_Company_Name": contact["Company_Name"],
        "Salesperson_Code": row["salesperson"],
        "Status": row["status"],
        "Closed": bool(row["closed"]),
        "Creation_Date": shifted(row["created"], today),
        "Date_Closed": shifted(row["closed"], today) if row["closed"] else EMPTY_DATE,
        "Sales_Cycle_Code": "EX-SMALL",
        "Priority": "Normal",
    }
