// The connector's pages for Business Central. One list page per table, published as OData V4 page services.

page 50100 ConnectorCustomer
{
    PageType = List;
    SourceTable = Customer;
    Caption = 'ConnectorCustomer', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(No; Rec."No.") { }
                field(Name; Rec.Name) { }
                field(Search_Name; Rec."Search Name") { }
                field(Address; Rec.Address) { }
                field(Address_2; Rec."Address 2") { }
                field(Post_Code; Rec."Post Code") { }
                field(City; Rec.City) { }
                field(County; Rec.County) { }
                field(Country_Region_Code; Rec."Country/Region Code") { }
                field(ContactName; Rec.Contact) { }
                field(Primary_Contact_No; Rec."Primary Contact No.") { }
                field(Phone_No; Rec."Phone No.") { }
                field(Fax_No; Rec."Fax No.") { }
                field(E_Mail; Rec."E-Mail") { }
                field(Home_Page; Rec."Home Page") { }
                field(Salesperson_Code; Rec."Salesperson Code") { }
                field(Currency_Code; Rec."Currency Code") { }
                field(Customer_Price_Group; Rec."Customer Price Group") { }
                field(Customer_Disc_Group; Rec."Customer Disc. Group") { }
                field(Payment_Terms_Code; Rec."Payment Terms Code") { }
                field(Payment_Method_Code; Rec."Payment Method Code") { }
                field(Shipment_Method_Code; Rec."Shipment Method Code") { }
                field(Shipping_Agent_Code; Rec."Shipping Agent Code") { }
                field(Shipping_Agent_Service_Code; Rec."Shipping Agent Service Code") { }
                field(Shipping_Advice; Rec."Shipping Advice") { }
                field(Location_Code; Rec."Location Code") { }
                field(Language_Code; Rec."Language Code") { }
                field(Territory_Code; Rec."Territory Code") { }
                field(Blocked; Rec.Blocked) { }
                field(Credit_Limit_LCY; Rec."Credit Limit (LCY)") { }
                field(VAT_Registration_No; Rec."VAT Registration No.") { }
                field(Gen_Bus_Posting_Group; Rec."Gen. Bus. Posting Group") { }
                field(VAT_Bus_Posting_Group; Rec."VAT Bus. Posting Group") { }
                field(Customer_Posting_Group; Rec."Customer Posting Group") { }
                field(Prices_Including_VAT; Rec."Prices Including VAT") { }
                field(Bill_to_Customer_No; Rec."Bill-to Customer No.") { }
                field(Last_Date_Modified; Rec."Last Date Modified") { }
                field(Last_Modified_Date_Time; Rec."Last Modified Date Time") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
                field(Mobile_Phone_No; Rec."Mobile Phone No.") { }
            }
        }
    }
}

page 50101 ConnectorContact
{
    PageType = List;
    SourceTable = Contact;
    Caption = 'ConnectorContact', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(No; Rec."No.") { }
                field(Type; Rec.Type) { }
                field(Name; Rec.Name) { }
                field(First_Name; Rec."First Name") { }
                field(Middle_Name; Rec."Middle Name") { }
                field(Surname; Rec.Surname) { }
                field(Job_Title; Rec."Job Title") { }
                field(Company_No; Rec."Company No.") { }
                field(Company_Name; Rec."Company Name") { }
                field(Search_Name; Rec."Search Name") { }
                field(Address; Rec.Address) { }
                field(Address_2; Rec."Address 2") { }
                field(Post_Code; Rec."Post Code") { }
                field(City; Rec.City) { }
                field(County; Rec.County) { }
                field(Country_Region_Code; Rec."Country/Region Code") { }
                field(Phone_No; Rec."Phone No.") { }
                field(Mobile_Phone_No; Rec."Mobile Phone No.") { }
                field(Fax_No; Rec."Fax No.") { }
                field(Pager; Rec.Pager) { }
                field(E_Mail; Rec."E-Mail") { }
                field(Home_Page; Rec."Home Page") { }
                field(Salesperson_Code; Rec."Salesperson Code") { }
                field(Salutation_Code; Rec."Salutation Code") { }
                field(Organizational_Level_Code; Rec."Organizational Level Code") { }
                field(Currency_Code; Rec."Currency Code") { }
                field(Territory_Code; Rec."Territory Code") { }
                field(Language_Code; Rec."Language Code") { }
                field(VAT_Registration_No; Rec."VAT Registration No.") { }
                field(Last_Date_Modified; Rec."Last Date Modified") { }
                field(Last_Time_Modified; Rec."Last Time Modified") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50102 ConnectorContactBusinessRelation
{
    PageType = List;
    SourceTable = "Contact Business Relation";
    Caption = 'ConnectorContactBusinessRelation', Locked = true;
    Editable = false;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Contact_No; Rec."Contact No.") { }
                field(Business_Relation_Code; Rec."Business Relation Code") { }
                field(Link_to_Table; Rec."Link to Table") { }
                field(No; Rec."No.") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50103 ConnectorSalesperson
{
    PageType = List;
    SourceTable = "Salesperson/Purchaser";
    Caption = 'ConnectorSalesperson', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Code; Rec.Code) { }
                field(Name; Rec.Name) { }
                field(Job_Title; Rec."Job Title") { }
                field(Phone_No; Rec."Phone No.") { }
                field(E_Mail; Rec."E-Mail") { }
                field(Commission_Percent; Rec."Commission %") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50104 ConnectorCurrency
{
    PageType = List;
    SourceTable = Currency;
    Caption = 'ConnectorCurrency', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Code; Rec.Code) { }
                field(Description; Rec.Description) { }
                field(Amount_Rounding_Precision; Rec."Amount Rounding Precision") { }
                field(Amount_Decimal_Places; Rec."Amount Decimal Places") { }
                field(Unit_Amount_Rounding_Precision; Rec."Unit-Amount Rounding Precision") { }
                field(Unit_Amount_Decimal_Places; Rec."Unit-Amount Decimal Places") { }
                field(Invoice_Rounding_Precision; Rec."Invoice Rounding Precision") { }
                field(Last_Date_Modified; Rec."Last Date Modified") { }
                field(Last_Modified_Date_Time; Rec."Last Modified Date Time") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50105 ConnectorCurrencyExchangeRate
{
    PageType = List;
    SourceTable = "Currency Exchange Rate";
    Caption = 'ConnectorCurrencyExchangeRate', Locked = true;
    Editable = false;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Currency_Code; Rec."Currency Code") { }
                field(Starting_Date; Rec."Starting Date") { }
                field(Relational_Currency_Code; Rec."Relational Currency Code") { }
                field(Exchange_Rate_Amount; Rec."Exchange Rate Amount") { }
                field(Relational_Exch_Rate_Amount; Rec."Relational Exch. Rate Amount") { }
                field(Adjustment_Exch_Rate_Amount; Rec."Adjustment Exch. Rate Amount") { }
                field(Relational_Adjmt_Exch_Rate_Amt; Rec."Relational Adjmt Exch Rate Amt") { }
                field(Fix_Exchange_Rate_Amount; Rec."Fix Exchange Rate Amount") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50106 ConnectorUnitOfMeasure
{
    PageType = List;
    SourceTable = "Unit of Measure";
    Caption = 'ConnectorUnitOfMeasure', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Code; Rec.Code) { }
                field(Description; Rec.Description) { }
                field(International_Standard_Code; Rec."International Standard Code") { }
                field(Last_Modified_Date_Time; Rec."Last Modified Date Time") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50107 ConnectorItem
{
    PageType = List;
    SourceTable = Item;
    Caption = 'ConnectorItem', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(No; Rec."No.") { }
                field(Description; Rec.Description) { }
                field(Description_2; Rec."Description 2") { }
                field(Search_Description; Rec."Search Description") { }
                field(Type; Rec.Type) { }
                field(Base_Unit_of_Measure; Rec."Base Unit of Measure") { }
                field(Sales_Unit_of_Measure; Rec."Sales Unit of Measure") { }
                field(Purch_Unit_of_Measure; Rec."Purch. Unit of Measure") { }
                field(Item_Category_Code; Rec."Item Category Code") { }
                field(GTIN; Rec.GTIN) { }
                field(Blocked; Rec.Blocked) { }
                field(Unit_Price; Rec."Unit Price") { }
                field(Price_Includes_VAT; Rec."Price Includes VAT") { }
                field(Unit_Cost; Rec."Unit Cost") { }
                field(Standard_Cost; Rec."Standard Cost") { }
                field(Last_Direct_Cost; Rec."Last Direct Cost") { }
                field(Costing_Method; Rec."Costing Method") { }
                field(Net_Weight; Rec."Net Weight") { }
                field(Gross_Weight; Rec."Gross Weight") { }
                field(Unit_Volume; Rec."Unit Volume") { }
                field(Vendor_No; Rec."Vendor No.") { }
                field(Vendor_Item_No; Rec."Vendor Item No.") { }
                field(Gen_Prod_Posting_Group; Rec."Gen. Prod. Posting Group") { }
                field(VAT_Prod_Posting_Group; Rec."VAT Prod. Posting Group") { }
                field(Inventory_Posting_Group; Rec."Inventory Posting Group") { }
                field(Last_Date_Modified; Rec."Last Date Modified") { }
                field(Last_DateTime_Modified; Rec."Last DateTime Modified") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50108 ConnectorItemUnitOfMeasure
{
    PageType = List;
    SourceTable = "Item Unit of Measure";
    Caption = 'ConnectorItemUnitOfMeasure', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Item_No; Rec."Item No.") { }
                field(Code; Rec.Code) { }
                field(Qty_per_Unit_of_Measure; Rec."Qty. per Unit of Measure") { }
                field(Length; Rec.Length) { }
                field(Width; Rec.Width) { }
                field(Height; Rec.Height) { }
                field(Cubage; Rec.Cubage) { }
                field(Weight; Rec.Weight) { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50109 ConnectorResource
{
    PageType = List;
    SourceTable = Resource;
    Caption = 'ConnectorResource', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(No; Rec."No.") { }
                field(Type; Rec.Type) { }
                field(Name; Rec.Name) { }
                field(Search_Name; Rec."Search Name") { }
                field(Job_Title; Rec."Job Title") { }
                field(Base_Unit_of_Measure; Rec."Base Unit of Measure") { }
                field(Direct_Unit_Cost; Rec."Direct Unit Cost") { }
                field(Indirect_Cost_Percent; Rec."Indirect Cost %") { }
                field(Unit_Cost; Rec."Unit Cost") { }
                field(Unit_Price; Rec."Unit Price") { }
                field(Vendor_No; Rec."Vendor No.") { }
                field(Resource_Group_No; Rec."Resource Group No.") { }
                field(Gen_Prod_Posting_Group; Rec."Gen. Prod. Posting Group") { }
                field(VAT_Prod_Posting_Group; Rec."VAT Prod. Posting Group") { }
                field(Blocked; Rec.Blocked) { }
                field(Last_Date_Modified; Rec."Last Date Modified") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50110 ConnectorResourceUnitOfMeasure
{
    PageType = List;
    SourceTable = "Resource Unit of Measure";
    Caption = 'ConnectorResourceUnitOfMeasure', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Resource_No; Rec."Resource No.") { }
                field(Code; Rec.Code) { }
                field(Qty_per_Unit_of_Measure; Rec."Qty. per Unit of Measure") { }
                field(Related_to_Base_Unit_of_Meas; Rec."Related to Base Unit of Meas.") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50111 ConnectorCustomerPriceGroup
{
    PageType = List;
    SourceTable = "Customer Price Group";
    Caption = 'ConnectorCustomerPriceGroup', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Code; Rec.Code) { }
                field(Description; Rec.Description) { }
                field(Allow_Line_Disc; Rec."Allow Line Disc.") { }
                field(Allow_Invoice_Disc; Rec."Allow Invoice Disc.") { }
                field(Price_Includes_VAT; Rec."Price Includes VAT") { }
                field(VAT_Bus_Posting_Gr_Price; Rec."VAT Bus. Posting Gr. (Price)") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50112 ConnectorSalesPrice
{
    PageType = List;
    SourceTable = "Sales Price";
    Caption = 'ConnectorSalesPrice', Locked = true;
    Editable = false;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Item_No; Rec."Item No.") { }
                field(Sales_Type; Rec."Sales Type") { }
                field(Sales_Code; Rec."Sales Code") { }
                field(Starting_Date; Rec."Starting Date") { }
                field(Currency_Code; Rec."Currency Code") { }
                field(Variant_Code; Rec."Variant Code") { }
                field(Unit_of_Measure_Code; Rec."Unit of Measure Code") { }
                field(Minimum_Quantity; Rec."Minimum Quantity") { }
                field(Unit_Price; Rec."Unit Price") { }
                field(Ending_Date; Rec."Ending Date") { }
                field(Price_Includes_VAT; Rec."Price Includes VAT") { }
                field(Allow_Line_Disc; Rec."Allow Line Disc.") { }
                field(Allow_Invoice_Disc; Rec."Allow Invoice Disc.") { }
                field(VAT_Bus_Posting_Gr_Price; Rec."VAT Bus. Posting Gr. (Price)") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50113 ConnectorPaymentTerms
{
    PageType = List;
    SourceTable = "Payment Terms";
    Caption = 'ConnectorPaymentTerms', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Code; Rec.Code) { }
                field(Description; Rec.Description) { }
                field(Due_Date_Calculation; Rec."Due Date Calculation") { }
                field(Discount_Date_Calculation; Rec."Discount Date Calculation") { }
                field(Discount_Percent; Rec."Discount %") { }
                field(Last_Modified_Date_Time; Rec."Last Modified Date Time") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50114 ConnectorShipmentMethod
{
    PageType = List;
    SourceTable = "Shipment Method";
    Caption = 'ConnectorShipmentMethod', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Code; Rec.Code) { }
                field(Description; Rec.Description) { }
                field(Last_Modified_Date_Time; Rec."Last Modified Date Time") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50115 ConnectorShippingAgent
{
    PageType = List;
    SourceTable = "Shipping Agent";
    Caption = 'ConnectorShippingAgent', Locked = true;
    DelayedInsert = true;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Code; Rec.Code) { }
                field(Name; Rec.Name) { }
                field(Internet_Address; Rec."Internet Address") { }
                field(Account_No; Rec."Account No.") { }
                field(SystemModifiedAt; Rec.SystemModifiedAt) { Editable = false; }
            }
        }
    }
}

page 50116 ConnectorGeneralLedgerSetup
{
    PageType = List;
    SourceTable = "General Ledger Setup";
    Caption = 'ConnectorGeneralLedgerSetup', Locked = true;
    Editable = false;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(Primary_Key; Rec."Primary Key") { }
                field(LCY_Code; Rec."LCY Code") { }
                field(Amount_Rounding_Precision; Rec."Amount Rounding Precision") { }
                field(Unit_Amount_Rounding_Precision; Rec."Unit-Amount Rounding Precision") { }
            }
        }
    }
}
