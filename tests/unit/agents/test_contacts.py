"""Contacts and payment in words of a model, in plain form and disguised."""

import pytest

from agents.contacts import names_contact, speaks_of_payment

FAIR = (
    "Rome is lovely in spring!",
    "Nothing has been booked. Where would you like to go?",
    "Would you like to leave at 8 a.m. or 3 p.m. on 2027-01-05?",
    "St. John's, St.Moritz, Mt. Fuji and Washington, D.C., are in the list.",
    "Well... yes… perhaps. Sure!",
    "行きます。東京はいいですね。",
    "Wie wäre es mit Rom? Gerne.",
    "Is it 3.5 hours on 05.12.2026, e.g. by day?",
    "FL-20261121101112-AB2C goes to Stoke-on-Trent.",
    "I know no prices, and cannot help with visas.",
    "Cardiff, Carthage, Cartagena and Zahle",
)


@pytest.mark.parametrize(
    "text",
    [
        "see evil.example",
        "see EVIL.ZIP now",
        "evil (dot) example",
        "evil[.]example",
        "evil(.)example",
        "evil . example",
        "evil. example",
        "evil.\ncom",
        "evil dot example",
        "www evil",
        "https evil",
        "evil．shop",
        "evil。com",
        "evil·com",
        "ev\u200bil\u200b.c\u200bom",
        "точка com",
        "１２３．４５．６７．８９",
        "name@evil",
        "joe＠evil",
        "call 555 123 4567",
        "+44 20 7946 0958",
        "0800/123456789",
        "dial 112 now",
        "five five five one two three four",
        "c a r d",
        "c-a-r-d",
        "раypal",
    ],
)
def test_an_address_or_a_number_to_call_is_found(text: str) -> None:
    assert names_contact(text)
    assert names_contact(f"All is well. {text} Bye.")


@pytest.mark.parametrize(
    "text",
    [
        "There is nothing to pay.",
        "Reply with your full card number.",
        "PAID in full",
        "ｃａｒｄ",
        "c\u0301ard",
        "Bezahlen Sie mit Ihrer Kreditkarte.",
        "Überweisen Sie bitte.",
        "Payez par carte.",
        "Pague con tarjeta.",
        "Il pagamento",
        "O cartão",
        "Betaal nu.",
        "Оплатите картой.",
        "请用信用卡支付",
        "カードで支払い",
        "카드 결제",
        "ادفع بالبطاقة",
    ],
)
def test_a_word_for_a_card_or_a_payment_is_found(text: str) -> None:
    assert speaks_of_payment(text)


@pytest.mark.parametrize("text", FAIR)
def test_ordinary_words_are_neither(text: str) -> None:
    assert not names_contact(text)
    assert not speaks_of_payment(text)
