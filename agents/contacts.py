"""Addresses, phone numbers and payment in words of a model, in plain form or disguised, in many languages.

A model has no reason to name any of them: code says what a trip costs and where to look. So what only looks like one
counts as one, and a list of words is enough, because the words around it are dropped as a whole.
"""

import re
import unicodedata

_FORMAT = "Cf"
_ACCENTS = re.compile("[\u0300-\u036f]")
_DOTTED_FORMS = re.compile(
    r"\b(?:(?:st|ste|sta|mt|ft|pt|dr|mr|mrs|ms|no|vs|etc|approx)\.|(?:[a-z]\.){2,}(?!\w))", re.IGNORECASE
)
"""`St. Moritz`, `8 a.m.`"""
_ADDRESS = re.compile(
    r"""
      [a-z][a-z0-9+.-]*:// | \bwww\b | \bhttps?\b | \bhxxps?\b | \blocalhost\b | /api/
    | [@<>\[\]{}`\\]
    | \w\.(?=\w*[^\W\d_])\w{2,}             # evil.example, whatever it ends in
    | \w\s+\.(?!\.)\s*\w                    # evil . example
    | [a-z0-9]\s*[。·•‧∙⋅]\s*[a-z]          # dots of other scripts between Latin letters
    | \w\s*\(\s*\.\s*\)\s*\w                # evil(.)example
    | \b(?:dot|d0t)\b                       # evil (dot) example
    | \b(?:punkt|punto|point|ponto|точка)\W{0,3}\s*(?:com|net|org|info|io|co|de|fr|es|it|uk|eu|ru|cn|app|shop|xyz)\b
    | \d{1,3}(?:\.\d{1,3}){3}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DOT_BEFORE_SMALL_LETTER = re.compile(r"[^\W_]\.\s+[a-z][a-z0-9-]+")
"""`evil. example`, since a sentence begins with a capital letter."""
_MIXED_SCRIPTS = re.compile(r"[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]", re.IGNORECASE)
_SPACED_LETTERS = re.compile(r"(?<!\w)(?:[^\W\d_][\s.\-_*]{1,2}){3,}[^\W\d_](?!\w)")
"""`c a r d` and `c-a-r-d`."""
_ID = re.compile(r"\b(?:FL|HT|CR|PAY|PM|TRIP|CHAT)[-–#_ ]?\d[\w-]*|\btrip-\w+", re.IGNORECASE)
_DATE = re.compile(r"\b(?:20\d\d[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]20\d\d)\b")
_PHONE_NUMBER = re.compile(r"(?:\d[\s().\-/–—]*){7}")
_CALL = re.compile(
    r"\b(?:call|phone|dial|ring|text|sms|tel|telephone|whats ?app|telegram|signal|viber|hotline)\b\D{0,20}\d{3}",
    re.IGNORECASE,
)
_DIGIT_IN_WORDS = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_NUMBER_IN_WORDS = re.compile(rf"\b{_DIGIT_IN_WORDS}(?:[\s,.-]+{_DIGIT_IN_WORDS}){{5}}\b", re.IGNORECASE)
_CARD = re.compile(
    r"\b(?:cards?|credit|debit|mastercard|amex|cvv2?|cvc2?|iban|bic|pin|otp|passwords?|passcodes?|security code|"
    r"account numbers?|bank(?:ing|s)?|wire|paypal|venmo|zelle|bitcoins?|crypto\w*|wallet|western union|"
    r"pay|pays|paying|payable|payments?|paid|prepa(?:y|id)\w*|unpaid)\b"
)
_PAYMENT = re.compile(
    r"\b(?:"
    # English, beside the words for cards.
    r"billing|bills?|invoices?|deposits?|cash|vouchers?|checkout|charge[sd]?|charging|fees?|free of charge|for free|"
    r"no cost|discounts?|owe[sd]?|owing|money|refund\w*|reimburs\w*|expiry|expiration|"
    # German and Dutch.
    r"\w*karten?|kartennummer|zahl(?:en|t|ung|ungen|bar)|\w*bezahl\w*|uberweis\w*|konto\w*|gebuhr\w*|kostenlos\w*|"
    r"kostenfrei\w*|gratis|geld|rechnung\w*|lastschrift|passwort|erstatt\w*|"
    r"betaal\w*|betal\w*|creditcard\w*|kaart\w*|overmak\w*|terugbeta\w*|"
    # French, Italian, Spanish and Portuguese.
    r"cartes?|carta|pai(?:e|er|ement)\w*|pay(?:er|ez|e|ee)|virements?|gratuit\w*|rembours\w*|mot de passe|argent|"
    r"factur\w*|pagar\w*|pagament\w*|pagos?|pague\w*|paghi|bonifico|rimbors\w*|denaro|tarjetas?|transferencia\w*|"
    r"reembols\w*|contrasena|dinero|cobr(?:ar|o|amos)\w*|cartao|cartoes|senha|dinheiro|"
    # Northern and eastern Europe, Turkish, Indonesian, Vietnamese.
    r"kort|kortnummer|kart[aoyeu]?|kartu|kartin\w*|p[łl]atno\w*|zap[łl]a[ct]\w*|przelew\w*|odeme\w*|bayar\w*|pembayaran|"
    r"thanh toan|chuyen khoan|"
    # Russian, Ukrainian, Greek.
    r"карт[аыуеой]\w{0,2}|карт|оплат\w*|сплат\w*|заплат\w*|плат[её]ж\w*|деньг\w*|парол\w*|бесплатн\w*|"
    r"καρτα\w*|πληρωμ\w*|πληρωσ\w*"
    r")\b"
    # Scripts in which words are not parted, or take prefixes.
    r"|卡号|信用卡|银行卡|支付|付款|付费|转账|汇款|密码|免费|カード|支払|振込|無料|暗証|카드|결제|지불|송금|비밀번호|무료"
    r"|بطاق|دفع|تحويل|مجان|כרטיס|תשלום|לשלם|कार्ड|भुगतान|पासवर्ड|บัตร|ชำระ|จ่าย|โอนเงิน"
)


def names_contact(text: str) -> bool:
    """Return whether the text has a web or e-mail address or a phone number, or something like it."""
    seen = _as_seen(text)
    without_forms = _DOTTED_FORMS.sub(" ", seen)
    without_ids = _DATE.sub(" ", _ID.sub(" ", seen))
    return any(
        [
            _ADDRESS.search(without_forms),
            _DOT_BEFORE_SMALL_LETTER.search(without_forms),
            _MIXED_SCRIPTS.search(seen),
            _SPACED_LETTERS.search(seen),
            _PHONE_NUMBER.search(without_ids),
            _CALL.search(without_ids),
            _NUMBER_IN_WORDS.search(seen),
        ]
    )


def names_card(text: str) -> bool:
    """Return whether the text has an English word for a card, an account or paying."""
    return bool(_CARD.search(_folded(text)))


def speaks_of_payment(text: str) -> bool:
    """Return whether the text has a word for a card, a payment or money in one of many languages."""
    folded = _folded(text)
    return bool(_CARD.search(folded) or _PAYMENT.search(folded))


def _as_seen(text: str) -> str:
    """Return the text as a reader sees it: without characters that do not show, and with wide letters made plain."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if unicodedata.category(letter) != _FORMAT)


def _folded(text: str) -> str:
    """Return the text in small letters without accents."""
    apart = unicodedata.normalize("NFD", _as_seen(text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart))
