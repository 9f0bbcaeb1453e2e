"""The sentences that people read, in Dutch and English. Codes are stable; sentences may change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["nl", "en"]
DEFAULT_LANGUAGE: Language = "nl"

DUTCH = {
    # The result of a sync
    "IMPORTED_ONE": "1 nieuwe klant geïmporteerd",
    "IMPORTED": "{count} nieuwe klanten geïmporteerd",
    "STARTED": "De synchronisatie loopt nog.",
    "STOPPED": "De synchronisatie is gestopt: {imported}.",
    "STOPPING": "De synchronisatie stopt na de huidige pagina.",
    # Errors of a request
    "WEBSITE_NOT_FOUND": "Website niet gevonden.",
    "AUTO_UPLOAD_OFF": "Automatisch importeren staat uit voor deze website. Zet het aan en probeer het opnieuw.",
    "ALREADY_RUNNING": "Er loopt al een synchronisatie voor deze website.",
    "BAD_REQUEST": "Het verzoek is ongeldig. In 'fields' staat welke velden niet kloppen.",
    "FORBIDDEN": "Hiervoor is toegang tot alle websites nodig.",
    "NOT_STARTED": "De synchronisatie kon niet worden gestart. Probeer het over een minuut opnieuw.",
    "INTERNAL_ERROR": "Er ging iets mis aan onze kant. Probeer het later opnieuw.",
    "UNAVAILABLE": "De database is tijdelijk niet bereikbaar. Probeer het zo opnieuw.",
    "NOT_FOUND": "Niet gevonden.",
    "CUSTOMER_EXISTS": "Deze klant bestaat al voor deze website.",
    "RUN_NOT_FOUND": "Synchronisatie niet gevonden.",
    # Invalid fields of a request
    "FIELD_MISSING": "Dit veld is verplicht.",
    "FIELD_MALFORMED": "Dit is geen geldige JSON in UTF-8.",
    "FIELD_WRONG_TYPE": "Deze waarde moet een tekst zijn.",
    "FIELD_TOO_SHORT": "Deze waarde mag niet leeg zijn.",
    "FIELD_TOO_LONG": "Deze waarde mag hoogstens {max_length} tekens lang zijn.",
    "FIELD_OUT_OF_RANGE": "Dit getal moet van {least} tot en met {most} zijn.",
    "FIELD_NOT_ALLOWED": "Deze waarde, of een teken erin, is niet toegestaan.",
    "FIELD_REPEATED": "Dit veld mag maar één keer voorkomen.",
    "FIELD_UNKNOWN": "Dit veld bestaat niet.",
    "FIELD_BODY_MISSING": "Stuur een JSON-object als body.",
    "FIELD_BODY_TYPE": "De body moet een JSON-object zijn.",
    "FIELD_BODY_TOO_LONG": "De body mag hoogstens 64 KiB groot zijn.",
    "FIELD_WHOLE_NUMBER": "Deze waarde moet een geheel getal zijn.",
    "FIELD_EMAIL": "Dit is geen e-mailadres: er is één @ nodig, en witruimte mag niet.",
    "FIELD_DATE": "Dit is geen datum. Stuur een datum zoals 2026-01-14T21:03:11Z.",
    "FIELD_CURSOR": "Deze cursor hoort niet bij deze lijst. Stuur de nextCursor van de vorige pagina, met dezelfde "
    "filters.",
    "FIELD_STATUS": "Er is geen status met deze naam.",
    "FIELD_CONTENT_TYPE": "Stuur de header Content-Type: application/json.",
    # Errors of a run
    "ABANDONED": "De synchronisatie gaf een half uur geen teken van leven en is afgesloten. Er begint vanzelf een "
    "nieuwe.",
    "RUN_OVER": "Deze synchronisatie is al afgelopen of door een andere vervangen.",
    "SHOP_BUSY": "Andere synchronisaties lezen al uit deze shop. Deze begint zodra er plaats is.",
    # A website's settings
    "ADDRESS_MISSING": "Vul het adres van de Magento-API in (magentoApiUrl).",
    "ADDRESS_UNUSABLE": "Het adres van de Magento-API is ongeldig. Vul een adres in zoals https://winkel.nl, zonder "
    "gebruikersnaam.",
    "ADDRESS_INSECURE": "Het adres van de Magento-API moet met https beginnen ({host}).",
    "CREDENTIALS_MISSING": "Er zijn geen inloggegevens voor deze shop. Zet ze in de SSM-parameter {parameter}.",
    "CREDENTIALS_UNREADABLE": "De inloggegevens in {parameter} hebben geen van deze drie vormen: bearerToken; "
    "consumerKey, consumerSecret, accessToken en accessTokenSecret; of username en password. Corrigeer de JSON.",
    "DOMAIN_UNUSABLE": "Het domein van de website is ongeldig: {domain}. Corrigeer het.",
    "NO_MATCHING_STORE": "Geen winkelweergave van deze shop hoort bij {domain}. De shop heeft: {domains}. Corrigeer "
    "het domein, of vul magentoStoreId in.",
    "STORE_ID_UNUSABLE": "magentoStoreId is ongeldig. Vul het nummer van een winkelweergave in, groter dan 0.",
    # Errors of a shop
    "CREDENTIALS_REFUSED": "De shop weigert de inloggegevens (machtiging: {permission}). Controleer of de integratie "
    "actief is, het token geldig is en de integratie deze machtiging heeft.",
    "BEARER_REFUSED": "De shop weigert het token. Controleer of het juist is en niet is verlopen of ingetrokken. Is "
    "dat in orde: Magento accepteert sinds 2.4.4 een integratietoken standaard niet als Bearer. Gebruik de vier "
    "OAuth-waarden van de integratie, of zet in Magento 'Allow OAuth Access Tokens to be used as standalone Bearer "
    "tokens' aan.",
    "OAUTH_REFUSED": "De shop weigert de OAuth-gegevens. Controleer de vier waarden van de integratie: opnieuw "
    "autoriseren verandert ze. Controleer ook de klok van de server. Staat de shop achter een proxy, dan moet die "
    "X-Forwarded-Proto doorgeven.",
    "ADMIN_REFUSED": "De login is gelukt, maar de shop weigert deze beheerder. Controleer of het account actief is, en "
    "geef de rol van de beheerder de machtigingen voor bestellingen en winkels. Gebruik liever een integratie.",
    "PASSWORD_REFUSED": "De shop weigert de gebruikersnaam of het wachtwoord, vraagt om tweestapsverificatie, of heeft "
    "het account geblokkeerd. Gebruik liever een integratie.",
    "TWO_FACTOR_REQUIRED": "De shop vraagt deze beheerder om tweestapsverificatie; daarmee kan niet automatisch worden "
    "ingelogd. Gebruik een integratie.",
    "PASSWORD_NOT_CHANGED": "De shop heeft dit wachtwoord geweigerd. Om het account niet te blokkeren proberen we het "
    "hoogstens één keer per dag opnieuw, tot het is gewijzigd.",
    "ADDRESS_NOT_PUBLIC": "Het adres van de Magento-API ligt in een privénetwerk. Vul het openbare adres in.",
    "TOO_MANY_DAMAGED": "Meer dan {count} bestellingen van deze shop zijn niet te lezen. Bekijk het logboek van "
    "Magento. De volgende synchronisatie gaat hier verder.",
    "SHOP_RESET": "De shop is opnieuw begonnen met nummeren: de nieuwste bestelling is {newest}, maar we hebben al tot "
    "{watermark} gelezen. Klopt dat, zet deze website dan terug (zie docs/operations.md).",
    "PERMISSION_MISSING": "De machtiging {permission} ontbreekt. Geef haar in Magento aan de integratie, of aan de rol "
    "van de beheerder, en sla op. Autoriseer een integratie niet opnieuw: dan maakt Magento nieuwe tokens en werken de "
    "huidige niet meer.",
    "FIREWALL": "Een firewall of CDN vóór de shop weigert ons (status {status}). Laat de User-Agent 'magento-sync' "
    "toe.",
    "REDIRECTED": "Het adres van de Magento-API verwijst door naar {host}. Vul dat adres in.",
    "REDIRECTED_WITHIN": "{host} verwijst verzoeken aan de Magento-API door naar een andere pagina. Controleer "
    "magentoApiUrl en de regels van de webserver voor /rest.",
    "BASIC_AUTHENTICATION": "De webserver van de shop vraagt zelf om een wachtwoord (HTTP basic authentication). Laat "
    "de webserver /rest daarvan uitzonderen.",
    "WRONG_ADDRESS": "Op dit adres is geen Magento-API. Controleer magentoApiUrl.",
    "TLS": "Een beveiligde verbinding met {host} is niet mogelijk: het certificaat is ongeldig, of TLS staat uit. "
    "Herstel dat.",
    "UNREACHABLE": "{host} is niet bereikbaar. We proberen het later opnieuw. Blijft dit zo, controleer dan "
    "magentoApiUrl.",
    "TIMEOUT": "{host} antwoordt te langzaam. We proberen het later opnieuw.",
    "TOO_MANY_REQUESTS": "De shop vraagt ons te wachten. We proberen het later opnieuw.",
    "MAINTENANCE": "De shop is in onderhoud. We proberen het later opnieuw.",
    "SHOP_ERROR": "De shop meldt een interne fout (status {status}). We proberen het later opnieuw. Blijft dit zo, "
    "bekijk dan het logboek van Magento.",
    "SHOP_ERROR_OF_GATEWAY": "De webserver vóór Magento meldt een fout (status {status}). We proberen het later "
    "opnieuw. Blijft dit zo, vraag het dan aan de hostingprovider van de shop.",
    "ANSWER_NOT_JSON": "De shop antwoordt niet met JSON, maar bijvoorbeeld met een foutpagina of een controle van een "
    "firewall. We proberen het later opnieuw.",
    "ANSWER_UNUSABLE": "Het antwoord van de shop is onvolledig of heeft een onverwachte vorm. We proberen het later "
    "opnieuw.",
    "ANSWER_TOO_LARGE": "Het antwoord van {host} is te groot. We proberen het later opnieuw.",
    "FILTER_IGNORED": "De shop negeert de filters van ons verzoek en stuurt andere bestellingen. Er is niets "
    "geïmporteerd. Controleer de extensies van de shop.",
    "SORT_IGNORED": "De shop stuurt de bestellingen niet in de gevraagde volgorde. Er is niets geïmporteerd. "
    "Controleer de extensies van de shop.",
    "REQUEST_REFUSED": "De shop weigert het verzoek (status {status}). Controleer het adres en de versie van Magento "
    "(2.3 of nieuwer).",
    "PAGE_LIMIT": "De shop staat hoogstens {max} bestellingen per keer toe. Verhoog in Magento de 'Maximum Page Size' "
    "van de Web API.",
    "TIME_IS_UP": "De tijd is op. We gaan later verder.",
}
ENGLISH = {
    # The result of a sync
    "IMPORTED_ONE": "1 new customer imported",
    "IMPORTED": "{count} new customers imported",
    "STARTED": "The sync is still running.",
    "STOPPED": "The sync was stopped: {imported}.",
    "STOPPING": "The sync stops after the current page.",
    # Errors of a request
    "WEBSITE_NOT_FOUND": "Website not found.",
    "AUTO_UPLOAD_OFF": "Auto-upload is off for this website. Turn it on and try again.",
    "ALREADY_RUNNING": "A sync of this website is already running.",
    "BAD_REQUEST": "The request is invalid. See 'fields' for the invalid fields.",
    "FORBIDDEN": "This requires access to all websites.",
    "NOT_STARTED": "The sync could not be started. Try again in a minute.",
    "INTERNAL_ERROR": "Something went wrong on our side. Try again later.",
    "UNAVAILABLE": "The database is temporarily unavailable. Try again in a moment.",
    "NOT_FOUND": "Not found.",
    "CUSTOMER_EXISTS": "This customer already exists for this website.",
    "RUN_NOT_FOUND": "Sync not found.",
    # Invalid fields of a request
    "FIELD_MISSING": "This field is required.",
    "FIELD_MALFORMED": "This is not valid UTF-8 JSON.",
    "FIELD_WRONG_TYPE": "This value must be a text.",
    "FIELD_TOO_SHORT": "This value must not be empty.",
    "FIELD_TOO_LONG": "This value must have at most {max_length} characters.",
    "FIELD_OUT_OF_RANGE": "This number must be {least} to {most}.",
    "FIELD_NOT_ALLOWED": "This value, or a character in it, is not allowed.",
    "FIELD_REPEATED": "This field may occur only once.",
    "FIELD_UNKNOWN": "This field does not exist.",
    "FIELD_BODY_MISSING": "Send a JSON object as the body.",
    "FIELD_BODY_TYPE": "The body must be a JSON object.",
    "FIELD_BODY_TOO_LONG": "The body must have at most 64 KiB.",
    "FIELD_WHOLE_NUMBER": "This value must be a whole number.",
    "FIELD_EMAIL": "This is not an e-mail address: it needs one @, and no white space.",
    "FIELD_DATE": "This is not a date. Send a date such as 2026-01-14T21:03:11Z.",
    "FIELD_CURSOR": "This cursor does not belong to this list. Send the nextCursor of the previous page, with the same "
    "filters.",
    "FIELD_STATUS": "There is no status of this name.",
    "FIELD_CONTENT_TYPE": "Send the header Content-Type: application/json.",
    # Errors of a run
    "ABANDONED": "The sync showed no activity for half an hour and was closed. A new one starts automatically.",
    "RUN_OVER": "This sync has already ended, or another one has replaced it.",
    "SHOP_BUSY": "Other syncs are already reading this shop. This one starts as soon as there is room.",
    # A website's settings
    "ADDRESS_MISSING": "Enter the address of the Magento API (magentoApiUrl).",
    "ADDRESS_UNUSABLE": "The address of the Magento API is invalid. Enter an address such as https://shop.example, "
    "without a user name.",
    "ADDRESS_INSECURE": "The address of the Magento API must start with https ({host}).",
    "CREDENTIALS_MISSING": "There are no credentials for this shop. Store them in the SSM parameter {parameter}.",
    "CREDENTIALS_UNREADABLE": "The credentials in {parameter} have none of these three forms: bearerToken; "
    "consumerKey, consumerSecret, accessToken and accessTokenSecret; or username and password. Correct the JSON.",
    "DOMAIN_UNUSABLE": "The website's domain is invalid: {domain}. Correct it.",
    "NO_MATCHING_STORE": "No store view of this shop matches {domain}. The shop has: {domains}. Correct the domain, or "
    "enter magentoStoreId.",
    "STORE_ID_UNUSABLE": "magentoStoreId is invalid. Enter the number of a store view, greater than 0.",
    # Errors of a shop
    "CREDENTIALS_REFUSED": "The shop rejects the credentials (permission: {permission}). Check that the integration is "
    "active, that its token is valid and that it has this permission.",
    "BEARER_REFUSED": "The shop rejects the token. Check that it is not mistyped, expired or revoked. If it is "
    "correct: since 2.4.4 Magento does not accept an integration's token as Bearer by default. Use the integration's "
    "four OAuth values, or turn on 'Allow OAuth Access Tokens to be used as standalone Bearer tokens' in Magento.",
    "OAUTH_REFUSED": "The shop rejects the OAuth credentials. Check the integration's four values: reauthorizing the "
    "integration changes them. Check the server's clock too. If the shop is behind a proxy, the proxy must pass on "
    "X-Forwarded-Proto.",
    "ADMIN_REFUSED": "The login succeeded, but the shop rejects this admin. Check that the account is active, and give "
    "the admin's role the permissions for orders and stores. Preferably use an integration.",
    "PASSWORD_REFUSED": "The shop rejects the user name or password, requires two-factor authentication, or has locked "
    "the account. Preferably use an integration.",
    "TWO_FACTOR_REQUIRED": "The shop asks this admin for a second factor, which no program can give. Use an "
    "integration.",
    "PASSWORD_NOT_CHANGED": "The shop rejected this password. So as not to lock the account, we try it again at most "
    "once a day until it is changed.",
    "ADDRESS_NOT_PUBLIC": "The address of the Magento API is in a private network. Enter the public address.",
    "TOO_MANY_DAMAGED": "More than {count} orders of this shop cannot be read. Check Magento's log. The next sync "
    "continues from here.",
    "SHOP_RESET": "The shop has restarted its numbering: its newest order is {newest}, but we have already read up to "
    "{watermark}. If that is correct, reset this website (see docs/operations.md).",
    "PERMISSION_MISSING": "The permission {permission} is missing. Grant it in Magento to the integration, or to the "
    "admin's role, and save. Do not reauthorize an integration: Magento would create new tokens, and the current ones "
    "would stop working.",
    "FIREWALL": "A firewall or CDN in front of the shop blocks us (status {status}). Allow the User-Agent "
    "'magento-sync'.",
    "REDIRECTED": "The address of the Magento API redirects to {host}. Enter that address.",
    "REDIRECTED_WITHIN": "{host} redirects requests for the Magento API to another page. Check magentoApiUrl and the "
    "web server's rules for /rest.",
    "BASIC_AUTHENTICATION": "The shop's web server requires its own password (HTTP basic authentication). Exempt /rest "
    "from it.",
    "WRONG_ADDRESS": "There is no Magento API at this address. Check magentoApiUrl.",
    "TLS": "A secure connection to {host} is not possible: its certificate is invalid, or TLS is off. Correct that.",
    "UNREACHABLE": "{host} cannot be reached. We try again later. If this persists, check magentoApiUrl.",
    "TIMEOUT": "{host} responds too slowly. We try again later.",
    "TOO_MANY_REQUESTS": "The shop asks us to wait. We try again later.",
    "MAINTENANCE": "The shop is under maintenance. We try again later.",
    "SHOP_ERROR": "The shop reports an internal error (status {status}). We try again later. If this persists, check "
    "Magento's log.",
    "SHOP_ERROR_OF_GATEWAY": "The web server in front of Magento reports an error (status {status}). We try again "
    "later. If this persists, ask the shop's hosting provider.",
    "ANSWER_NOT_JSON": "The shop does not respond with JSON, but for example with an error page or a firewall's "
    "challenge. We try again later.",
    "ANSWER_UNUSABLE": "The shop's response is incomplete or has an unexpected form. We try again later.",
    "ANSWER_TOO_LARGE": "The response of {host} is too large. We try again later.",
    "FILTER_IGNORED": "The shop ignores the filters of our request and returns other orders. Nothing was imported. "
    "Check the shop's extensions.",
    "SORT_IGNORED": "The shop does not return the orders in the requested order. Nothing was imported. Check the "
    "shop's extensions.",
    "REQUEST_REFUSED": "The shop rejects the request (status {status}). Check the address and Magento's version (2.3 "
    "or newer).",
    "PAGE_LIMIT": "The shop allows at most {max} orders per page. Increase the Web API's 'Maximum Page Size' in "
    "Magento.",
    "TIME_IS_UP": "The time is up. We continue later.",
}
SENTENCES: dict[Language, dict[str, str]] = {"nl": DUTCH, "en": ENGLISH}
"""A test compares the codes and the parameters of the two."""
GATEWAY_STATUSES = {502, 504, *range(520, 528)}
"""Statuses of a server in front of Magento: a web server, a load balancer, or (520 to 527) Cloudflare."""


def sentence(
    code: str, language: Language = DEFAULT_LANGUAGE, parameters: Mapping[str, str | int] | None = None
) -> str:
    """Returns the sentence of a code.

    Raises:
        KeyError: The code has no sentence, or a parameter of the sentence is missing.
    """
    given = parameters or {}
    if code == "SHOP_ERROR" and given.get("status") in GATEWAY_STATUSES:
        code = "SHOP_ERROR_OF_GATEWAY"
    return SENTENCES[language][code].format(**given)


def imported(count: int, language: Language = DEFAULT_LANGUAGE) -> str:
    """Returns the sentence with the number of new customers."""
    return sentence("IMPORTED_ONE" if count == 1 else "IMPORTED", language, {"count": count})


def preferred_language(accept_language: str | None) -> Language:
    """Returns the language that `Accept-Language` prefers (RFC 9110, 12.5.4): the first of equals, else Dutch."""
    weights: dict[str, float] = {}
    for choice in (accept_language or "").lower().split(","):
        tag, *parameters = (part.strip() for part in choice.split(";"))
        tag = tag.partition("-")[0]
        weights[tag] = max(_weight(parameters), weights.get(tag, 0.0))
    any_language = weights.get("*", 0.0)
    dutch, english = weights.get("nl", any_language), weights.get("en", any_language)
    if dutch == english > 0:
        return "en" if next((tag for tag in weights if tag in {"nl", "en"}), "nl") == "en" else "nl"
    return "en" if english > dutch else "nl"


def _weight(parameters: list[str]) -> float:
    """Returns the `q` of a language, from 0 to 1. Ignores an invalid one."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q" and re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", value.strip(), re.ASCII):
            return float(value)
    return 1.0
