"""Who can be told what: the words of a scenario, with the arguments of each. `scenarios/README.md` says what they mean."""

# What a person's wallet does: arguments that must be there, and those that may.
PERSON = {
    "key": ({"says"}, {"seed"}),
    "open": (set(), set()),
    "enrol": ({"invite"}, {"name", "alias"}),
    "restore": ({"invite", "words"}, {"name", "keepDevices", "into"}),
    "type_phrase": ({"words"}, set()),
    "reveal_phrase": (set(), set()),
    "close": (set(), set()),
    "status": (set(), set()),
    "balances": (set(), set()),
    "parse": ({"text"}, set()),
    "prepare": (set(), {"payee", "contact", "amount", "memo"}),
    "draft": ({"draft"}, set()),
    "discard": ({"draft"}, set()),
    "confirm": ({"draft"}, {"shownLike"}),
    "outcome": ({"payment", "waitMs"}, set()),
    "payment": ({"payment"}, set()),
    "history": (set(), {"before", "limit"}),
    "receipt": ({"payment"}, set()),
    "request": (set(), {"amount", "memo", "items", "expiresS", "standing"}),
    "requests": (set(), {"limit"}),
    "cancel_request": ({"request"}, set()),
    "events": ({"after", "waitMs"}, {"until", "count"}),
    "sync": (set(), set()),
    "catch_up": ({"waitMs"}, set()),
    "pause": (set(), set()),
    "resume": (set(), set()),
    "pair_show": (set(), {"pairing"}),
    "pair_scan": ({"link"}, {"pairing"}),
    "pair_code": ({"waitMs"}, {"pairing"}),
    "pair_answer": ({"same"}, {"pairing"}),
    "pair_contact": ({"waitMs"}, {"pairing"}),
    "contacts": (set(), set()),
    "rename": ({"contact", "name"}, set()),
    "block": ({"contact"}, set()),
    "unblock": ({"contact"}, set()),
    "recognise": ({"text"}, set()),
    "draw_qr": ({"text"}, set()),
    "approver": (set(), {"answer", "seed"}),
    "asked": (set(), set()),
    "keeps_phrase": (set(), set()),
    "confirm_phrase": ({"words"}, set()),
    "connection": ({"waitMs"}, {"until"}),
    "diagnostics": (set(), set()),
    "watch_request": ({"request", "waitMs"}, set()),
    "loss": (set(), set()),
    "accept_loss": (set(), set()),
    "checkpoint": (set(), set()),
    "compare_checkpoint": ({"checkpoint"}, set()),
    "write_note": ({"contact", "text"}, set()),
    "send_request": ({"contact", "request"}, set()),
    "notes": ({"contact"}, set()),
    "prepare_note": ({"contact", "note"}, {"memo"}),
    "aliases": (set(), set()),
    "register": ({"alias"}, set()),
    "devices": (set(), set()),
    "revoke": ({"device"}, {"words"}),
    "device_show": (set(), {"words"}),
    "device_code": ({"waitMs"}, set()),
    "device_confirm": ({"scope"}, set()),
    "device_reject": (set(), set()),
    "join": ({"link"}, set()),
    "join_confirm": (set(), {"name"}),
    "join_reject": (set(), set()),
    "tab_offer": ({"price", "unit", "cap"}, {"lastsS", "graceS", "memo", "expiresS", "standing"}),
    "tab_offers": (set(), {"limit"}),
    "tab_cancel_offer": ({"offer"}, set()),
    "tab_send_offer": ({"contact", "offer"}, set()),
    "tab_received": ({"contact"}, set()),
    "tab_read": ({"link"}, set()),
    "tab_prepare": (set(), {"payee", "contact", "offer", "cap", "lastsS", "graceS", "memo"}),
    "tab_raise": ({"tab"}, {"cap", "longerS"}),
    "tab_draft": ({"tab"}, set()),
    "tab_discard": ({"tab"}, set()),
    "tab_confirm": ({"tab"}, set()),
    "tab_outcome": ({"tab", "waitMs"}, set()),
    "tab_pay": ({"tab", "amount"}, set()),
    "tab_take": ({"voucher"}, set()),
    "tab_catch_up": ({"voucher"}, set()),
    "tab_close": ({"tab"}, set()),
    "tab_claim": (set(), {"tab"}),
    "tab_release": ({"tab"}, set()),
    "tab_list": (set(), {"limit"}),
    "tab_show": ({"tab"}, set()),
    "tab_receipts": ({"tab"}, set()),
    "offline_allow": ({"cap"}, {"perPayment", "lastsS", "graceS"}),
    "offline_discard": ({"draft"}, set()),
    "offline_confirm": ({"draft"}, set()),
    "offline_outcome": ({"allowance", "waitMs"}, set()),
    "offline_revoke": ({"allowance"}, set()),
    "offline_allowances": (set(), {"limit"}),
    "offline_payments": ({"allowance"}, set()),
    "offline_look": ({"text"}, {"from"}),
    "offline_pay": ({"text"}, {"from"}),
    "offline_ask": ({"amount"}, {"memo", "expiresS"}),
    "offline_asked": ({"request"}, set()),
    "offline_examine": ({"text"}, set()),
    "offline_take": ({"text"}, set()),
    "offline_claim": (set(), set()),
    "offline_taken": (set(), {"limit"}),
    "offline_unsettled": (set(), set()),
    "offline_limit": (set(), {"most"}),
    "offline_codes": ({"text"}, set()),
    "offline_film": ({"codes"}, set()),
    "carried_whole": ({"request"}, set()),
    "carried_prepare": ({"request"}, {"amount", "memo"}),
    "carried_confirm": ({"draft"}, set()),
    "carried_show": ({"payment"}, set()),
    "carried_post": ({"order"}, set()),
    "carried_answer": ({"answer"}, set()),
}

# What is done to a person's process, calls and phone from outside.
PROCESS = {
    "start": (set(), {"point", "approver", "into"}),
    "kill": (set(), set()),
    "end": (set(), set()),
    "cancel": ({"call"}, {"late"}),
    "await": ({"call"}, set()),
    "put_by": ({"copy"}, set()),
    "put_back": ({"copy"}, set()),
    "lose": ({"what"}, set()),
    "make_newer": ({"what"}, set()),
}

# What the operator of a verifier does.
OPERATOR = {
    "start": (set(), {"point"}),
    "stop": (set(), set()),
    "kill": (set(), set()),
    "dies": ({"point"}, set()),
    "replace": (set(), set()),
    "return": (set(), set()),
    "fund": ({"target", "amount", "reason"}, set()),
    "invite": (set(), {"grant", "uses", "expires"}),
    "fee": ({"fee"}, set()),
    "audit": (set(), set()),
    "search": ({"text"}, set()),
    "backup": ({"file"}, set()),
    "restore": ({"file"}, set()),
    "checkpoint": (set(), set()),
    "put_by": ({"copy"}, set()),
    "put_back": ({"copy"}, set()),
}

CLOCK = {"wait": ({"seconds"}, set())}

# Two operators, each with a verifier: the one that people are with, and another one.
OPERATORS = ("operator", "elsewhere")
CLOCK_NAME = "clock"

# Who is asked before a person's wallet pays: nobody, a person, or a person and a key in hardware.
APPROVERS = ("none", "wallet", "hardware")

# What every failure says, and the words it may use.
FAILURE = {
    "code": int,
    "kind": str,
    "moneyMoved": ("no", "yes", "unknown"),
    "retry": ("never", "now", "later", "after_action"),
    "action": ("none", "correct_input", "confirm_again", "sync", "unlock", "ask_payee", "ask_operator", "add_money",
               "fix_storage", "update", "restore", "enrol"),
}
CLASSES = ("unreadable", "denied", "misbehaved", "offline", "locked", "storage", "misuse", "closed")


def of(who, people):
    """The verbs of somebody, or None when there is nobody of that name."""
    if who in OPERATORS:
        return OPERATOR
    if who == CLOCK_NAME:
        return CLOCK
    return PERSON | PROCESS if who in people else None
