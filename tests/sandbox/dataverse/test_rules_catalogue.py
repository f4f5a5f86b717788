"""The life cycle of products, product families, units, price lists and their items."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.dataverse.shop import Shop


@pytest.fixture
def shop(crm: Any) -> Shop:
    return Shop(crm)


def code(answer: Any) -> str:
    return "" if answer.status == 204 else f"{answer.status} {answer.code}"


DRAFT, ACTIVE, RETIRED, REVISION = (2, 0), (0, 1), (1, 2), (3, 3)


class TestLifeCycle:
    def move(self, shop: Shop, product: str, state: tuple[int, int]) -> str:
        return code(shop.client.patch(f"products({product})", {"statecode": state[0], "statuscode": state[1]}))

    @pytest.mark.parametrize(
        ("path", "last"),
        [
            ([ACTIVE], ""),
            ([RETIRED], "400 0x8004f978"),
            ([REVISION], "400 0x8004f913"),
            ([ACTIVE, REVISION, ACTIVE], ""),
            ([ACTIVE, REVISION, RETIRED], ""),
            ([ACTIVE, DRAFT], "400 0x80061035"),
            ([ACTIVE, RETIRED, ACTIVE], ""),
            ([ACTIVE, RETIRED, DRAFT], "400 0x80061035"),
            ([ACTIVE, RETIRED, REVISION], "400 0x8004f913"),
        ],
        ids=lambda value: str(value)[:50],
    )
    def test_a_product_goes_from_state_to_state(self, shop: Shop, path: list[tuple[int, int]], last: str) -> None:
        product = shop.new_product("2000")
        answers = [self.move(shop, product, state) for state in path]

        assert answers == [""] * (len(path) - 1) + [last]

    def test_the_organisation_may_want_products_active_at_once_but_not_those_of_families(
        self, shop: Shop, sign_in_as: Any
    ) -> None:
        admin = sign_in_as("admin")
        organization = admin.get("organizations").value[0]["organizationid"]
        family = shop.client.create("products", name="F", productnumber="F", productstructure=2)
        self.move(shop, family, ACTIVE)
        admin.patch(f"organizations({organization})", {"createproductswithoutparentinactivestate": True})
        alone = shop.new_product("2000")
        child = shop.new_product("2001", parentproductid__bind=f"/products({family})")

        states = [shop.client.get(f"products({key})").json["statecode"] for key in (alone, child)]
        assert states == [0, 2]

    def test_a_product_in_a_price_list_can_be_retired(self, shop: Shop) -> None:
        assert self.move(shop, shop.product, RETIRED) == ""

    def test_reverting_takes_back_what_was_changed_under_revision(self, shop: Shop) -> None:
        revert = f"products({shop.product})/Microsoft.Dynamics.CRM.RevertProduct"
        refused = shop.client.post(revert, {})
        self.move(shop, shop.product, REVISION)
        shop.client.patch(f"products({shop.product})", {"name": "Other", "size": "L"})
        answer = shop.client.post(revert, {})
        row = shop.client.get(f"products({shop.product})").json

        assert code(refused) == "400 0x80043af9"
        assert answer.status == 204
        assert (row["name"], row["size"], row["statecode"], row["statuscode"]) == ("Product 1000", None, 0, 1)
        assert code(shop.client.post(revert, {})) == "400 0x80043af9"


class TestFamilies:
    @pytest.fixture
    def family(self, shop: Shop) -> dict[str, str]:
        """A draft family with a draft product."""
        key = shop.client.create("products", name="F", productnumber="F", productstructure=2)
        child = shop.new_product("2000", parentproductid__bind=f"/products({key})")
        return {"family": key, "child": child}

    def states(self, shop: Shop, family: dict[str, str]) -> list[int]:
        return [shop.client.get(f"products({key})").json["statecode"] for key in family.values()]

    def test_a_product_is_not_published_before_its_family(self, shop: Shop, family: dict[str, str]) -> None:
        answer = shop.client.patch(f"products({family['child']})", {"statecode": 0, "statuscode": 1})

        assert code(answer) == "400 0x8004f909"

    def test_a_family_is_published_with_what_is_below_it(self, shop: Shop, family: dict[str, str]) -> None:
        action = "Microsoft.Dynamics.CRM.PublishProductHierarchy"
        wrong = shop.client.post(f"products({shop.product})/{action}", {})
        answer = shop.client.post(f"products({family['family']})/{action}", {})

        assert code(wrong) == "400 0x80040203"
        assert answer.status == 204
        assert self.states(shop, family) == [0, 0]

    def test_a_family_takes_its_products_along_and_does_not_come_back(self, shop: Shop, family: dict[str, str]) -> None:
        shop.client.post(f"products({family['family']})/Microsoft.Dynamics.CRM.PublishProductHierarchy", {})
        shop.client.patch(f"products({family['family']})", {"statecode": 3, "statuscode": 3})
        revised = self.states(shop, family)
        shop.client.post(f"products({family['family']})/Microsoft.Dynamics.CRM.RevertProduct", {})
        reverted = self.states(shop, family)
        shop.client.patch(f"products({family['family']})", {"statecode": 1, "statuscode": 2})
        retired = self.states(shop, family)
        back = [
            code(shop.client.patch(f"products({key})", {"statecode": 0, "statuscode": 1})) for key in family.values()
        ]

        assert (revised, reverted, retired) == ([3, 3], [0, 0], [1, 1])
        assert back == ["400 0x8004f977"] * 2

    def test_only_a_living_family_is_a_parent(self, shop: Shop, family: dict[str, str]) -> None:
        base = {
            "name": "X",
            "productnumber": "X",
            "defaultuomid@odata.bind": f"/uoms({shop.unit})",
            "defaultuomscheduleid@odata.bind": f"/uomschedules({shop.group})",
        }
        shop.client.post(f"products({family['family']})/Microsoft.Dynamics.CRM.PublishProductHierarchy", {})
        shop.client.patch(f"products({family['family']})", {"statecode": 1, "statuscode": 2})
        product = {**base, "parentproductid@odata.bind": f"/products({shop.product})"}
        retired = {**base, "parentproductid@odata.bind": f"/products({family['family']})"}

        assert code(shop.client.post("products", product)) == "400 0x8004f998"
        assert code(shop.client.post("products", retired)) == "400 0x8004f906"

    def test_a_family_has_no_unit_to_be_sold_in(self, shop: Shop, family: dict[str, str]) -> None:
        shop.client.post(f"products({family['family']})/Microsoft.Dynamics.CRM.PublishProductHierarchy", {})
        shop.product = family["family"]
        quote = shop.document("quote")

        assert code(shop.client.post("quotedetails", shop.line_body("quote", quote, quantity=1))) == "400 0x80043b13"

    def test_a_family_has_no_price_and_stays_while_it_has_children(self, shop: Shop, family: dict[str, str]) -> None:
        item = shop.item_of(family["family"])
        body = {name.replace("__bind", "@odata.bind"): value for name, value in item.items()}

        assert code(shop.client.post("productpricelevels", {**body, "amount": 1})) == "400 0x8004f902"
        assert code(shop.client.delete(f"products({family['family']})")) == "405 0x80040227"


class TestBundles:
    @pytest.fixture
    def bundle(self, shop: Shop) -> str:
        """An active bundle of the product; both are in the price list."""
        key = shop.new_product("B", productstructure=3)
        assert self.add(shop, key, shop.product).status == 204
        shop.priced(key, amount=1)
        shop.activate(key)
        return key

    def add(self, shop: Shop, bundle: str, product: str) -> Any:
        body = {"productid@odata.bind": f"/products({bundle})", "associatedproduct@odata.bind": f"/products({product})"}
        return shop.client.post("productassociations", body)

    def test_a_product_of_an_active_bundle_is_not_retired(self, shop: Shop, bundle: str) -> None:
        retire = {"statecode": 1, "statuscode": 2}

        assert code(shop.client.patch(f"products({shop.product})", retire)) == "400 0x8004f915"
        assert shop.client.patch(f"products({bundle})", retire).status == 204
        assert shop.client.patch(f"products({shop.product})", retire).status == 204

    def test_a_product_stays_in_the_price_list_of_its_bundle(self, shop: Shop, bundle: str) -> None:
        assert code(shop.client.delete(f"productpricelevels({shop.item})")) == "400 0x80061008"
        assert shop.client.delete(f"pricelevels({shop.price_list})").status == 204

    def test_a_bundle_holds_living_products_while_it_is_a_draft(self, shop: Shop, bundle: str, sign_in_as: Any) -> None:
        item = shop.client.get("productassociations").value[0]["productassociationid"]
        retired = shop.new_product("2000")
        for state, reason in (ACTIVE, RETIRED):
            shop.client.patch(f"products({retired})", {"statecode": state, "statuscode": reason})
        draft = shop.new_product("B2", productstructure=3)

        assert code(shop.client.post("productassociations", {"quantity": 1})) == "400 0x80043b11"
        assert code(shop.client.delete(f"productassociations({item})")) == "400 0x80061010"
        assert code(self.add(shop, draft, retired)) == "400 0x80061033"
        assert code(self.add(shop, draft, bundle)) == "400 0x80040203"
        assert code(self.add(shop, shop.product, shop.product)) == "400 0x80040203"
        admin = sign_in_as("admin")
        organization = admin.get("organizations").value[0]["organizationid"]
        admin.patch(f"organizations({organization})", {"maxproductsinbundle": 1})
        assert code(self.add(shop, bundle, shop.product)) == "400 0x8004f976"

    def test_bundles_on_lines_are_beyond_the_stand_in(self, shop: Shop, bundle: str) -> None:
        shop.product = bundle
        quote = shop.document("quote")

        assert shop.client.post("quotedetails", shop.line_body("quote", quote, quantity=1)).status == 501


class TestUnits:
    def unit(self, shop: Shop, **values: Any) -> Any:
        bind = {"uomscheduleid@odata.bind": f"/uomschedules({shop.group})", "baseuom@odata.bind": f"/uoms({shop.unit})"}
        return shop.client.post("uoms", {"name": "BOX", "quantity": 6, **bind, **values})

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"uomscheduleid@odata.bind": None}, "0x80043b0a"),
            ({"name": None}, "0x80043b26"),
            ({"name": "pcs"}, "0x80043b0f"),
            ({"baseuom@odata.bind": None}, "0x80040203"),
        ],
        ids=lambda value: str(value)[:30],
    )
    def test_a_unit_has_a_name_a_group_and_a_base(self, shop: Shop, change: dict[str, Any], refusal: str) -> None:
        assert code(self.unit(shop, **change)) == f"400 {refusal}"

    def test_the_base_unit_is_of_the_same_group(self, shop: Shop) -> None:
        group = shop.client.create("uomschedules", name="HOUR", baseuomname="HOUR")

        assert code(self.unit(shop, **{"uomscheduleid@odata.bind": f"/uomschedules({group})"})) == "400 0x80043b0b"

    def test_units_do_not_hang_on_themselves(self, shop: Shop) -> None:
        box = self.unit(shop).id
        pallet = self.unit(shop, **{"name": "PALLET", "baseuom@odata.bind": f"/uoms({box})"}).id
        loop = shop.client.patch(f"uoms({box})", {"baseuom@odata.bind": f"/uoms({pallet})"})

        assert code(loop) == "400 0x80043b1a"

    def test_the_base_unit_of_a_group_stays_what_it_is(self, shop: Shop) -> None:
        box = self.unit(shop).id
        base = f"uoms({shop.unit})"

        assert code(shop.client.patch(base, {"quantity": 2})) == "400 0x80043b18"
        assert code(shop.client.patch(base, {"baseuom@odata.bind": f"/uoms({box})"})) == "400 0x80043b17"
        assert code(shop.client.delete(base)) == "400 0x80043b03"
        assert shop.client.patch(base, {"name": "PIECE"}).status == 204

    def test_a_group_names_its_base_unit_and_goes_with_its_units(self, shop: Shop) -> None:
        group = shop.client.create("uomschedules", name="HOUR", baseuomname="HOUR")

        assert code(shop.client.post("uomschedules", {"name": "X"})) == "400 0x80043810"
        assert shop.client.delete(f"uomschedules({group})").status == 204
        assert [row["name"] for row in shop.client.get("uoms?$filter=name eq 'HOUR'").value] == []
        assert code(shop.client.delete(f"uomschedules({shop.group})")) == "405 0x80040227"

    def test_the_default_unit_of_a_product_is_of_its_group(self, shop: Shop) -> None:
        group = shop.client.create("uomschedules", name="HOUR", baseuomname="HOUR")
        change = {"defaultuomscheduleid@odata.bind": f"/uomschedules({group})"}

        assert code(shop.client.patch(f"products({shop.product})", change)) == "400 0x80043b16"


class TestPriceLists:
    def test_a_retired_product_gets_no_price(self, shop: Shop) -> None:
        other = shop.client.create("pricelevels", name="Other")
        shop.client.patch(f"products({shop.product})", {"statecode": 1, "statuscode": 2})
        item = {name.replace("__bind", "@odata.bind"): value for name, value in shop.item_of(shop.product).items()}
        item["pricelevelid@odata.bind"] = f"/pricelevels({other})"

        assert code(shop.client.post("productpricelevels", {**item, "amount": 1})) == "400 0x80061009"

    def test_a_default_list_is_not_deactivated(self, shop: Shop) -> None:
        shop.client.patch(
            f"accounts({shop.account})", {"defaultpricelevelid@odata.bind": f"/pricelevels({shop.price_list})"}
        )
        answer = shop.client.patch(f"pricelevels({shop.price_list})", {"statecode": 1, "statuscode": 100002})

        assert code(answer) == "400 0x80043b04"

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"pricelevelid@odata.bind": None}, "0x80043b12"),
            ({"productid@odata.bind": None}, "0x80043b11"),
            ({"uomid@odata.bind": None}, "0x80043b0d"),
            ({}, "0x80043b08"),
        ],
        ids=lambda value: str(value)[:30],
    )
    def test_an_item_names_list_product_and_unit_once(self, shop: Shop, change: dict[str, Any], refusal: str) -> None:
        item = {name.replace("__bind", "@odata.bind"): value for name, value in shop.item_of(shop.product).items()}

        assert code(shop.client.post("productpricelevels", {**item, "amount": 1, **change})) == f"400 {refusal}"

    def test_a_percentage_needs_the_currency_of_the_list_and_a_sensible_number(self, shop: Shop) -> None:
        euro = shop.client.create(
            "transactioncurrencies", currencyname="E", isocurrencycode="EUR", currencysymbol="E", exchangerate=2
        )
        product = shop.new_product("2000", transactioncurrencyid__bind=f"/transactioncurrencies({euro})")
        foreign = {name.replace("__bind", "@odata.bind"): value for name, value in shop.item_of(product).items()}
        percentage = {"pricingmethodcode": 2, "percentage": 10}

        assert code(shop.client.post("productpricelevels", {**foreign, **percentage})) == "400 0x80048cf9"
        big = shop.client.patch(f"productpricelevels({shop.item})", {"pricingmethodcode": 2, "percentage": 100_000})
        assert code(big) == "400 0x80043b0c"

    def test_a_percentage_locks_the_currency_of_the_product(self, shop: Shop) -> None:
        shop.client.patch(f"productpricelevels({shop.item})", {"pricingmethodcode": 2, "percentage": 10})
        euro = shop.client.create(
            "transactioncurrencies", currencyname="E", isocurrencycode="EUR", currencysymbol="E", exchangerate=2
        )
        change = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro})"}

        assert code(shop.client.patch(f"products({shop.product})", change)) == "400 0x80048cfa"

    def test_the_currency_of_a_list_with_items_is_beyond_the_stand_in(self, shop: Shop) -> None:
        euro = shop.client.create(
            "transactioncurrencies", currencyname="E", isocurrencycode="EUR", currencysymbol="E", exchangerate=2
        )
        change = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro})"}

        assert shop.client.patch(f"pricelevels({shop.price_list})", change).status == 501


def test_the_base_currency_stays(shop: Shop) -> None:
    pound = shop.client.get("transactioncurrencies").value[0]["transactioncurrencyid"]
    address = f"transactioncurrencies({pound})"
    new = {"currencyname": "X", "currencysymbol": "X", "exchangerate": 1}

    assert code(shop.client.patch(address, {"exchangerate": 2})) == "400 0x80048cf5"
    assert code(shop.client.patch(address, {"statecode": 1, "statuscode": 2})) == "400 0x80048cf4"
    assert code(shop.client.delete(address)) == "400 0x80048cff"
    assert code(shop.client.post("transactioncurrencies", {**new, "isocurrencycode": "gbp"})) == "400 0x80048cf3"
    assert code(shop.client.post("transactioncurrencies", {**new, "isocurrencycode": "G1"})) == "400 0x80048cf2"
