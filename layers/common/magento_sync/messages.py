"""The sentences that people read, in Dutch and English. Codes are stable; sentences may be improved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["nl", "en"]
DEFAULT_LANGUAGE: Language = "nl"

SENTENCES: dict[str, dict[Language, str]] = {
    # What a finished sync says
    "IMPORTED_ONE": {"nl": "1 nieuwe klant geïmporteerd", "en": "1 new customer imported"},
    "IMPORTED": {"nl": "{count} nieuwe klanten geïmporteerd", "en": "{count} new customers imported"},
    "STARTED": {"nl": "De synchronisatie is gestart.", "en": "The sync has started."},
    "STOPPED": {
        "nl": "De synchronisatie is gestopt: {imported}.",
        "en": "The sync was stopped: {imported}.",
    },
    "STOPPING": {
        "nl": "De synchronisatie stopt na de bladzijde waar zij mee bezig is.",
        "en": "The sync stops after the page that it has in hand.",
    },
    # What a caller did
    "WEBSITE_NOT_FOUND": {"nl": "Deze website bestaat niet.", "en": "There is no such website."},
    "AUTO_UPLOAD_OFF": {
        "nl": "Automatisch importeren staat uit voor deze website. Zet het aan en probeer het opnieuw.",
        "en": "Auto-upload is off for this website. Switch it on and try again.",
    },
    "ALREADY_RUNNING": {
        "nl": "Er loopt al een synchronisatie voor deze website.",
        "en": "A sync of this website is already running.",
    },
    "BAD_REQUEST": {
        "nl": "Dit verzoek klopt niet. Bij fields staat welke velden verbeterd moeten worden.",
        "en": "This request will not do. The list fields tells which fields have to be corrected.",
    },
    "FORBIDDEN": {
        "nl": "Dit mag alleen wie bij alle websites mag.",
        "en": "Only callers who may touch all websites may do this.",
    },
    "NOT_STARTED": {
        "nl": "De synchronisatie kon niet worden gestart. Probeer het over een minuut opnieuw.",
        "en": "The sync could not be started. Try again in a minute.",
    },
    "INTERNAL_ERROR": {
        "nl": "Er ging iets mis aan onze kant. Probeer het later opnieuw.",
        "en": "Something went wrong on our side. Try again later.",
    },
    "UNAVAILABLE": {
        "nl": "De database is nu niet bereikbaar. Probeer het zo meteen opnieuw.",
        "en": "The database cannot be reached just now. Try again in a moment.",
    },
    "NOT_FOUND": {"nl": "Dit adres bestaat niet.", "en": "There is nothing at this address."},
    "CUSTOMER_EXISTS": {
        "nl": "Deze website heeft deze klant al.",
        "en": "This website has this customer already.",
    },
    "RUN_NOT_FOUND": {"nl": "Deze synchronisatie bestaat niet.", "en": "There is no such sync."},
    # What is wrong with a field of a request
    "FIELD_MISSING": {"nl": "Dit veld ontbreekt.", "en": "This field is missing."},
    "FIELD_MALFORMED": {"nl": "Dit is geen JSON in UTF-8.", "en": "This is no JSON in UTF-8."},
    "FIELD_WRONG_TYPE": {"nl": "Dit is van het verkeerde type.", "en": "This is of the wrong type."},
    "FIELD_TOO_SHORT": {"nl": "Dit is leeg of te kort.", "en": "This is empty or too short."},
    "FIELD_TOO_LONG": {"nl": "Dit is te lang.", "en": "This is too long."},
    "FIELD_OUT_OF_RANGE": {"nl": "Dit getal is te klein of te groot.", "en": "This number is too small or too large."},
    "FIELD_NOT_ALLOWED": {"nl": "Deze waarde kan hier niet.", "en": "This value cannot stand here."},
    "FIELD_REPEATED": {"nl": "Dit veld mag maar één keer voorkomen.", "en": "This field may occur only once."},
    "FIELD_UNKNOWN": {"nl": "Dit veld bestaat niet.", "en": "There is no such field."},
    # What is the matter with a run
    "ABANDONED": {
        "nl": "De synchronisatie gaf een half uur geen teken van leven en is afgesloten. Zij begint vanzelf opnieuw.",
        "en": "The sync gave no sign of life for half an hour and was closed. It starts again by itself.",
    },
    "RUN_OVER": {
        "nl": "Deze synchronisatie is al afgelopen of door een andere vervangen.",
        "en": "This sync is over already, or another has taken its place.",
    },
    "SHOP_BUSY": {
        "nl": "Er wordt al uit deze shop gelezen. De synchronisatie begint zodra er plaats is.",
        "en": "This shop is being read already. The sync begins when there is room.",
    },
    # What is the matter with a website's settings
    "ADDRESS_MISSING": {
        "nl": "Vul het adres van de Magento-API in (magentoApiUrl).",
        "en": "Fill in the address of the Magento API (magentoApiUrl).",
    },
    "ADDRESS_UNUSABLE": {
        "nl": "Het adres van de Magento-API is geen bruikbaar webadres. Vul iets in als https://winkel.nl, zonder gebruikersnaam.",
        "en": "The address of the Magento API is no usable web address. Fill in something like https://shop.example, without a user name.",
    },
    "ADDRESS_INSECURE": {
        "nl": "Het adres van de Magento-API moet met https beginnen ({host}).",
        "en": "The address of the Magento API must begin with https ({host}).",
    },
    "CREDENTIALS_MISSING": {
        "nl": "Er zijn geen inloggegevens voor deze shop. Zet ze in de SSM-parameter {parameter}.",
        "en": "There are no credentials for this shop. Put them into the SSM parameter {parameter}.",
    },
    "CREDENTIALS_UNREADABLE": {
        "nl": "De inloggegevens in {parameter} hebben niet een van de drie vormen: bearerToken; consumerKey, consumerSecret, "
        "accessToken en accessTokenSecret; of username en password. Corrigeer de JSON.",
        "en": "The credentials in {parameter} do not have one of the three forms: bearerToken; consumerKey, consumerSecret, "
        "accessToken and accessTokenSecret; or username and password. Correct the JSON.",
    },
    "DOMAIN_UNUSABLE": {
        "nl": "Het domein van de website is niet bruikbaar: {domain}. Corrigeer het.",
        "en": "The website's domain cannot be used: {domain}. Correct it.",
    },
    "NO_MATCHING_STORE": {
        "nl": "Geen winkelweergave van deze shop hoort bij {domain}. De shop kent: {domains}. Corrigeer het domein, of vul magentoStoreId in.",
        "en": "No store view of this shop belongs to {domain}. The shop has: {domains}. Correct the domain, or fill in magentoStoreId.",
    },
    "STORE_ID_UNUSABLE": {
        "nl": "magentoStoreId moet het nummer van een winkelweergave zijn, groter dan 0.",
        "en": "magentoStoreId must be the number of a store view, above 0.",
    },
    # What a shop answers
    "CREDENTIALS_REFUSED": {
        "nl": "De shop weigert de inloggegevens (gevraagde machtiging: {permission}). Controleer of de integratie actief is, het token nog "
        "geldt en deze machtiging heeft.",
        "en": "The shop refuses the credentials (permission asked for: {permission}). Check that the integration is active, that its token is "
        "still valid and that it has this permission.",
    },
    "BEARER_REFUSED": {
        "nl": "De shop weigert het token. Magento accepteert sinds 2.4.4 een integratietoken standaard niet als Bearer: gebruik de vier "
        "OAuth-gegevens van de integratie, of zet in de shop 'Allow OAuth Access Tokens to be used as standalone Bearer tokens' aan.",
        "en": "The shop refuses the token. Since 2.4.4 Magento does not accept an integration's token as Bearer by default: use the "
        "integration's four OAuth values, or switch on 'Allow OAuth Access Tokens to be used as standalone Bearer tokens' in the shop.",
    },
    "OAUTH_REFUSED": {
        "nl": "De shop weigert de OAuth-gegevens. Controleer de vier waarden van de integratie en de klok van de server; staat de shop achter een "
        "proxy, dan moet die X-Forwarded-Proto doorgeven.",
        "en": "The shop refuses the OAuth credentials. Check the integration's four values and the server's clock; behind a proxy the shop has "
        "to be told X-Forwarded-Proto.",
    },
    "ADMIN_REFUSED": {
        "nl": "De shop weigert deze beheerder, hoewel de login is gelukt. Controleer of het account actief is en een rol heeft; gebruik liever een integratie.",
        "en": "The shop refuses this admin though the login worked. Check that the account is active and has a role; better use an integration.",
    },
    "PASSWORD_REFUSED": {
        "nl": "De shop weigert gebruikersnaam of wachtwoord, vraagt om tweestapsverificatie, of heeft het account geblokkeerd. Gebruik liever een "
        "integratie.",
        "en": "The shop refuses the user name or password, asks for a second factor, or has locked the account. Better use an integration.",
    },
    "TWO_FACTOR_REQUIRED": {
        "nl": "De shop vraagt deze beheerder om tweestapsverificatie; daarmee kan niet automatisch worden ingelogd. Gebruik een integratie.",
        "en": "The shop asks this admin for a second factor, which no program can give. Use an integration.",
    },
    "PASSWORD_NOT_CHANGED": {
        "nl": "De shop heeft dit wachtwoord al eens geweigerd; om het account niet te blokkeren proberen wij het pas opnieuw als het is gewijzigd. "
        "Was alleen het account geblokkeerd, laat dan de beheerder van dit systeem de weigering vergeten (docs/operations.md).",
        "en": "The shop has refused this password before; so as not to lock the account, we try again only after it has been changed. If only "
        "the account was locked, have this system's operator forget the refusal (docs/operations.md).",
    },
    "ADDRESS_NOT_PUBLIC": {
        "nl": "Het adres van de Magento-API wijst naar een niet-openbaar netwerk. Vul het openbare adres in.",
        "en": "The address of the Magento API leads into a private network. Fill in the public address.",
    },
    "TOO_MANY_DAMAGED": {
        "nl": "Meer dan {count} bestellingen van deze shop zijn niet te lezen. Bekijk het logboek van Magento; wij gaan bij de volgende ronde verder.",
        "en": "More than {count} of this shop's orders cannot be read. Look into Magento's log; we go on in the next round.",
    },
    "SHOP_RESET": {
        "nl": "De shop is opnieuw begonnen met nummeren: de nieuwste bestelling is {newest}, maar wij lazen al tot {watermark}. Zet deze website "
        "terug (zie docs/operations.md) als dat klopt.",
        "en": "The shop has begun to count anew: its newest order is {newest}, but we had read up to {watermark}. Reset this website "
        "(see docs/operations.md) if that is right.",
    },
    "PERMISSION_MISSING": {
        "nl": "De integratie mist de machtiging {permission}. Geef haar die in Magento en autoriseer de integratie opnieuw.",
        "en": "The integration lacks the permission {permission}. Grant it in Magento and reauthorize the integration.",
    },
    "FIREWALL": {
        "nl": "Iets vóór de shop (firewall of CDN) weigert ons (status {status}). Laat de User-Agent 'magento-sync' toe.",
        "en": "Something in front of the shop (firewall or CDN) refuses us (status {status}). Let the User-Agent 'magento-sync' pass.",
    },
    "REDIRECTED": {
        "nl": "Het adres van de Magento-API verwijst door naar {host}. Vul dat adres in.",
        "en": "The address of the Magento API redirects to {host}. Fill in that address.",
    },
    "REDIRECTED_WITHIN": {
        "nl": "{host} verwijst verzoeken aan de Magento-API door naar een andere pagina. Controleer magentoApiUrl en de regels van de webserver voor /rest.",
        "en": "{host} redirects requests to the Magento API to another page. Check magentoApiUrl and the web server's rules for /rest.",
    },
    "BASIC_AUTHENTICATION": {
        "nl": "De webserver van de shop vraagt zelf om een wachtwoord (HTTP basic authentication). Laat de webserver /rest daarvan uitzonderen.",
        "en": "The shop's web server asks for a password of its own (HTTP basic authentication). Have the web server exempt /rest from it.",
    },
    "WRONG_ADDRESS": {
        "nl": "Op dit adres antwoordt geen Magento-API. Controleer magentoApiUrl.",
        "en": "No Magento API answers at this address. Check magentoApiUrl.",
    },
    "TLS": {
        "nl": "Een veilige verbinding met {host} komt niet tot stand: het certificaat is niet geldig, of TLS staat niet aan. Herstel dat.",
        "en": "A secure connection with {host} could not be made: its certificate is not valid, or TLS is not switched on. Correct that.",
    },
    "UNREACHABLE": {
        "nl": "{host} is niet bereikbaar. Wij proberen het later opnieuw; blijft het, controleer dan magentoApiUrl.",
        "en": "{host} cannot be reached. We try again later; if it stays, check magentoApiUrl.",
    },
    "TIMEOUT": {
        "nl": "{host} antwoordt te langzaam. Wij proberen het later opnieuw.",
        "en": "{host} answers too slowly. We try again later.",
    },
    "TOO_MANY_REQUESTS": {
        "nl": "De shop vraagt ons te wachten. Wij proberen het later opnieuw.",
        "en": "The shop asks us to wait. We try again later.",
    },
    "MAINTENANCE": {
        "nl": "De shop is in onderhoud. Wij proberen het later opnieuw.",
        "en": "The shop is in maintenance. We try again later.",
    },
    "SHOP_ERROR": {
        "nl": "De shop meldt een interne fout (status {status}). Wij proberen het later opnieuw; blijft het, bekijk dan het logboek van Magento.",
        "en": "The shop reports an internal error (status {status}). We try again later; if it stays, look into Magento's log.",
    },
    "ANSWER_NOT_JSON": {
        "nl": "De shop antwoordt met iets anders dan JSON, zoals een foutpagina of een controle van een firewall. Wij proberen het later opnieuw.",
        "en": "The shop answers with something else than JSON, such as an error page or a firewall's challenge. We try again later.",
    },
    "ANSWER_UNUSABLE": {
        "nl": "Het antwoord van de shop is onvolledig of heeft een onverwachte vorm. Wij proberen het later opnieuw.",
        "en": "The shop's answer is incomplete or has an unexpected form. We try again later.",
    },
    "ANSWER_TOO_LARGE": {
        "nl": "Het antwoord van {host} is te groot. Wij proberen het later opnieuw.",
        "en": "The answer of {host} is too large. We try again later.",
    },
    "FILTER_IGNORED": {
        "nl": "De shop negeert de filters van ons verzoek en stuurt andere bestellingen. Er is niets geïmporteerd; controleer de extensies van de shop.",
        "en": "The shop ignores our request's filters and sends other orders. Nothing was imported; check the shop's extensions.",
    },
    "SORT_IGNORED": {
        "nl": "De shop stuurt de bestellingen niet in de volgorde die ons verzoek vraagt. Er is niets geïmporteerd; controleer de extensies van de shop.",
        "en": "The shop does not send the orders in the order that our request asks for. Nothing was imported; check the shop's extensions.",
    },
    "REQUEST_REFUSED": {
        "nl": "De shop weigert het verzoek (status {status}). Controleer het adres en de versie van Magento (2.3 of nieuwer).",
        "en": "The shop refuses the request (status {status}). Check the address and Magento's version (2.3 or newer).",
    },
    "PAGE_LIMIT": {
        "nl": "Het grootste aantal bestellingen per keer dat de shop toestaat, is {max}. Verhoog in Magento de 'Maximum Page Size' van de Web API.",
        "en": "The largest number of orders at a time that the shop allows is {max}. Raise the Web API's 'Maximum Page Size' in Magento.",
    },
    "TIME_IS_UP": {
        "nl": "De tijd was op. Wij gaan later verder.",
        "en": "Time was up. We go on later.",
    },
}


def sentence(
    code: str, language: Language = DEFAULT_LANGUAGE, parameters: Mapping[str, str | int] | None = None
) -> str:
    """The sentence of a code.

    Raises:
        KeyError: There is none, or a value that it names is missing.
    """
    return SENTENCES[code][language].format(**(parameters or {}))


def imported(count: int, language: Language = DEFAULT_LANGUAGE) -> str:
    """How many new customers a finished sync brought."""
    return sentence("IMPORTED_ONE" if count == 1 else "IMPORTED", language, {"count": count})


def language_of(accept_language: str | None) -> Language:
    """The one of our languages that is wished for most (RFC 9110, section 12.5.4), Dutch where that leaves both."""
    wishes: dict[str, float] = {}
    for wish in (accept_language or "").lower().split(","):
        tag, *parameters = (part.strip() for part in wish.split(";"))
        tag = tag.partition("-")[0]
        wishes[tag] = max(_weight(parameters), wishes.get(tag, 0.0))
    others = wishes.get("*", 0.0)
    dutch, english = wishes.get("nl", others), wishes.get("en", others)
    if dutch == english > 0:
        return "en" if next((tag for tag in wishes if tag in {"nl", "en"}), "nl") == "en" else "nl"
    return "en" if english > dutch else "nl"


def _weight(parameters: list[str]) -> float:
    """The `q` of a wish, from 0 to 1; what cannot be read is passed over."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q" and re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", value.strip(), re.ASCII):
            return float(value)
    return 1.0
