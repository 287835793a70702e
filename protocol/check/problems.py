"""Refusals and problems (chapter 12)."""

import base64
import json
import re

from .cbor import Refused, text

# Transcribed from chapter 12: code, kind, HTTP status (refusals: always 409), could succeed later, sentence.
TABLE = """
100|expired_never_applied|409|yes|The payment was not made in time and will never be; you can pay again.
101|insufficient_funds|409|yes|There is not enough money for the amount and its fee.
102|handle_unknown|409|no|Nobody can be paid at this address.
103|request_used|409|no|This request has already been paid.
104|request_expired|409|no|This request has expired; ask for a new one.
105|request_cancelled|409|no|The payee cancelled this request.
106|amount_mismatch|409|no|The amount is not the one that was asked for.
107|payee_key_mismatch|409|no|The address belongs to another payee.
108|request_mismatch|409|no|The order does not belong to the request at this address.
109|own_handle|409|no|That is your own address; nothing to pay.
110|fee_changed|409|yes|The fee has changed; look at the new total and confirm again.
111|device_revoked|409|no|This device may no longer act for the account.
112|device_expired|409|no|This device's permission has expired.
113|scope_forbids|409|no|This device is not allowed to make this payment.
114|order_limit|409|no|The amount is above this device's limit per payment.
115|day_limit|409|yes|The amount is above what this device may still pay within 24 hours.
116|asset_unknown|409|no|The verifier does not have this currency.
117|payee_full|409|yes|The payee's account cannot hold that much.
130|hold_unknown|409|no|There is no such tab here.
131|hold_ended|409|no|The tab has ended; what was not claimed went back.
132|hold_closed|409|no|The tab was closed.
133|hold_version|409|yes|The tab was changed meanwhile; look at it again.
134|hold_lowered|409|no|A tab's limit can only be raised, and its times only moved later.
135|too_many_holds|409|yes|Too many tabs are open; close one, or let it end.
136|voucher_invalid|409|no|The voucher does not belong to this tab.
137|above_voucher|409|no|More is claimed than the voucher is for.
138|above_cap|409|yes|The voucher is above the tab's limit.
139|other_total|409|yes|Another total was claimed meanwhile; look again before the rest goes back.
140|allowance_unknown|409|no|There is no such allowance here.
141|allowance_ended|409|no|The time to claim from this allowance is over.
142|too_many_allowances|409|yes|There are too many allowances that are not settled; let one end.
143|not_of_allowance|409|no|The payment does not belong to this allowance.
144|not_of_request|409|no|The payment does not belong to this request.
145|above_allowance|409|no|The payment, or all that was claimed for this account, is above what the allowance is for.
146|other_payee|409|no|The request was made by somebody else.
147|too_many_claims|409|no|More was claimed from this allowance than it could ever be for.
200|malformed|400|no|The call is not well-formed.
201|too_large|413|no|The call is too large.
202|media_type|415|no|The call has another media type than this path takes.
203|bad_signature|401|no|The signature does not match.
204|device_unknown|401|no|No such device is known here.
205|wrong_verifier|422|no|This is meant for another verifier.
206|id_conflict|409|no|Another object with this id was received before.
207|before_epoch|409|no|The verifier lost history: it cannot say what became of this payment. Only its operator can resolve it.
208|created_ahead|422|no|The time in the call lies ahead of the verifier's.
209|clock_suspect|503|yes|The verifier doubts its clock and decides nothing that depends on time until its operator has looked.
210|busy|503|yes|The verifier is busy; try again shortly.
211|rate_limited|429|yes|Too many calls; try again later.
212|second_factor_needed|403|no|This amount needs a code from the authenticator app.
213|stale_signature|401|yes|The time in the signature is too far from the verifier's; it is enclosed.
214|bundle_mismatch|422|no|The sealed message is not the one that the order names.
215|order_unknown|404|yes|No such order was decided here.
216|request_unknown|404|yes|No such request is here, or not any more.
217|alias_unknown|404|no|Nobody has this alias.
218|not_found|404|no|There is nothing at this path.
219|invite_unknown|403|no|This invite is not valid here.
220|invite_used|403|no|This invite has been used up; ask for a new one.
221|invite_expired|403|no|This invite has expired; ask for a new one.
222|invite_needed|403|no|This verifier takes new accounts only with an invite.
223|account_conflict|409|no|This account exists already; restore it instead.
224|handle_taken|409|no|This handle is in use.
225|handle_not_in_stock|409|no|This handle is not in stock, or already bound.
226|stock_full|409|no|There are enough handles in stock.
227|alias_taken|409|no|This alias belongs to somebody.
228|request_already_used|409|no|The request has been paid; it cannot be cancelled any more.
229|too_many_requests|409|no|Too many requests are open; cancel some or let them expire.
230|forbidden|403|no|This device may not do that.
231|method_not_allowed|405|no|This path has no such method.
232|shutting_down|503|yes|The verifier is shutting down; try again shortly.
233|internal|500|yes|Something went wrong at the verifier; nothing was decided.
234|storage_full|503|yes|The verifier cannot store anything at the moment; nothing was decided.
235|too_slow|408|yes|The call took too long to arrive.
236|locator_taken|409|no|Other bytes lie at this locator.
237|list_conflict|409|no|The list of devices has changed; read it again.
238|account_unknown|404|no|No such account is known here.
239|device_is_revoked|403|no|This device may no longer act for the account.
240|too_many_aliases|409|no|The account has as many aliases as it may have.
241|old_copy|409|no|This is an old copy of the wallet: a newer one has been here.
242|slot_taken|409|no|Somebody else has written there.
243|slot_empty|404|yes|Nothing has been written there yet.
244|no_prekeys|404|yes|The device has left no keys to begin a conversation with.
245|mailbox_full|503|yes|The mailbox is full; try again later.
246|recipient_unknown|404|no|No such device receives messages here.
247|too_many_devices|409|no|The account has had as many devices as it may have.
248|sealed_elsewhere|422|no|This was sealed to a key that the verifier does not have.
"""


class Code:
    """A row of chapter 12's tables."""

    def __init__(self, line):
        number, self.kind, status, again, self.sentence = line.split("|")
        self.number, self.status, self.again = int(number), int(status), again == "yes"


CODES = {code.number: code for code in map(Code, TABLE.strip().splitlines())}
BY_KIND = {code.kind: code for code in CODES.values()}
MAX_JSON = 16 * 1024
REFUSALS = {number for number in CODES if number < 200}


def once_each(pairs):
    """A JSON object in which none of what a reader goes by stands twice."""
    names = [name for name, _ in pairs if name in ("code", "detail", "head")]
    if len(names) != len(set(names)):
        raise ValueError("a member twice")
    return dict(pairs)


class Problem:
    """An unsigned answer: a reader goes by its code alone."""

    def __init__(self, body):
        """Read problem JSON; refused when it is none, or its code is no problem's."""
        if len(body if type(body) is bytes else body.encode()) > MAX_JSON:
            raise Refused("value", "more JSON than a problem has")
        try:
            members = json.loads(body, object_pairs_hook=once_each)
        except ValueError as error:
            raise Refused("value", "not JSON") from error
        number = members.get("code") if type(members) is dict else None
        if type(number) is not int or number not in CODES or number in REFUSALS:
            raise Refused("value", f"{number!r} is no problem's code")
        self.code, self.members = CODES[number], members
        self.detail = self.head = None
        if "detail" in members:
            try:
                self.detail = text(512)(members["detail"], "detail")
            except Refused:
                pass  # text outside chapter 3 is ignored
        if members.get("head") is not None:
            self.head = unbase64url(members["head"])


def unbase64url(value):
    """base64url without padding (chapter 1)."""
    if type(value) is not str or not re.fullmatch("[A-Za-z0-9_-]*", value) or len(value) % 4 == 1:
        raise Refused("value", "a head that is not base64url")
    data = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != value:
        raise Refused("value", "unused bits that are not zero")
    return data


def problem_json(code, detail=None, head=None):
    """A problem's members, as a verifier writes them."""
    members = {
        "type": "about:blank",
        "title": code.sentence,
        "status": code.status,
        "code": code.number,
        "kind": code.kind,
        "retryable": code.again,
    }
    if detail is not None:
        members["detail"] = detail
    if head is not None:
        members["head"] = base64.urlsafe_b64encode(head).decode().rstrip("=")
    return members
