package farthing.person

import farthing.Connection
import farthing.Device
import farthing.DeviceId
import farthing.Farthing
import farthing.Loss
import farthing.Note
import farthing.PayTo
import farthing.PhraseEntry
import farthing.RequestId
import farthing.Scope
import java.util.HexFormat
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.flow.firstOrNull
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.withTimeoutOrNull

private val nothing = emptyMap<String, Any?>()

/** What the account is, and what shows how it stands. */
suspend fun Phone.account(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "keeps_phrase" -> {
        call.done()
        mapOf("kept" to wallet.account.keepsPhrase())
    }
    "confirm_phrase" -> {
        val words = call.words()
        call.done()
        typed(words) { wallet.account.confirmPhrase(it) }
        nothing
    }
    "connection" -> connection(call)
    "diagnostics" -> {
        call.done()
        mapOf("text" to wallet.diagnostics())
    }
    "watch_request" -> watchRequest(call)
    "loss" -> {
        call.done()
        mapOf("loss" to wallet.account.loss()?.told())
    }
    "accept_loss" -> {
        call.done()
        mapOf("loss" to wallet.account.acceptLoss().told())
    }
    "checkpoint" -> {
        call.done()
        mapOf("checkpoint" to wallet.account.checkpoint()?.let(HexFormat.of()::formatHex))
    }
    "compare_checkpoint" -> {
        val checkpoint = HexFormat.of().parseHex(call.text("checkpoint"))
        call.done()
        mapOf("standing" to wallet.account.compareCheckpoint(checkpoint).word())
    }
    "aliases" -> {
        call.done()
        mapOf("aliases" to wallet.account.aliases())
    }
    "register" -> {
        val alias = call.text("alias")
        call.done()
        wallet.account.register(alias)
        nothing
    }
    else -> null
}

suspend fun Phone.writing(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "write_note" -> {
        val (contact, text) = call.text("contact") to call.text("text")
        call.done()
        wallet.contacts.write(contact(contact), text)
        nothing
    }
    "send_request" -> {
        val (contact, request) = call.text("contact") to call.text("request")
        call.done()
        wallet.contacts.send(contact(contact), RequestId(request))
        nothing
    }
    "notes" -> {
        val contact = call.text("contact")
        call.done()
        mapOf("notes" to wallet.contacts.notes(contact(contact)).map { it.told() })
    }
    "prepare_note" -> {
        val (contact, note, memo) = Triple(call.text("contact"), call.text("note"), call.textOrNull("memo"))
        call.done()
        val from = contact(contact)
        val found = checkNotNull(wallet.contacts.notes(from).find { it.id.text == note }) { "there is no note $note" }
        saw(wallet.prepare(PayTo.request(from, found), memo = memo)).told()
    }
    else -> null
}

/** Phones and tills of one account: on the owner's phone, and on the other. */
suspend fun Phone.devices(call: Arguments): Map<String, Any?>? = when (call.verb) {
    "devices" -> {
        call.done()
        mapOf("devices" to wallet.devices.list().map { it.told() })
    }
    "revoke" -> {
        val (device, words) = call.text("device") to call.wordsOrNull()
        call.done()
        typedOrNull(words) { wallet.devices.revoke(DeviceId(device), it) }
        nothing
    }
    "device_show" -> {
        val words = call.wordsOrNull()
        call.done()
        mapOf("offer" to add(words).offer)
    }
    "device_code" -> {
        val wait = call.number("waitMs").milliseconds
        call.done()
        mapOf("digits" to adding.checkCode(wait))
    }
    "device_confirm" -> {
        val scope = Arguments(mapOf("do" to "scope") + call.members("scope"))
        call.done()
        mapOf("device" to adding.confirm(scope(scope)).text)
    }
    "device_reject" -> {
        call.done()
        adding.reject()
        nothing
    }
    "join" -> {
        val link = call.text("link")
        call.done()
        mapOf("digits" to join(link).checkCode)
    }
    "join_confirm" -> {
        val name = call.textOrNull("name")
        call.done()
        joined(name)
        nothing
    }
    "join_reject" -> {
        call.done()
        joining.reject()
        nothing
    }
    else -> null
}

private suspend fun Phone.scope(said: Arguments): Scope {
    suspend fun amounts(name: String) = said.list(name).map { wallet.parseMoney(it as String) }
    val scope = Scope(
        pay = said.flag("pay"),
        perOrder = amounts("perOrder"),
        perDay = amounts("perDay"),
        payees = said.list("payees").map { it as String },
        life = said.numberOrNull("lifeS")?.seconds,
    )
    said.done()
    return scope
}

/** How the wallet stands to its verifier, each time that this changes, up to what is awaited. */
private suspend fun Phone.connection(call: Arguments): Map<String, Any?> {
    val (until, wait) = call.textOrNull("until") to call.number("waitMs").milliseconds
    call.done()
    val seen = mutableListOf<Map<String, Any?>>()
    withTimeoutOrNull(wait) {
        wallet.connection.onEach { seen += it.told() }.firstOrNull { it.line.word() == until }
    }
    return mapOf("states" to seen.toList())
}

/** A request of ours, each time that its state changes. */
private suspend fun Phone.watchRequest(call: Arguments): Map<String, Any?> {
    val (request, wait) = call.text("request") to call.number("waitMs").milliseconds
    call.done()
    val seen = mutableListOf<Map<String, Any?>>()
    withTimeoutOrNull(wait) { wallet.requests.watch(RequestId(request)).collect { seen += it.told() } }
    return mapOf("states" to seen.toList())
}

/** As a person types a phrase. */
private suspend fun <T> typed(words: List<Int>, use: suspend (PhraseEntry) -> T): T = Farthing.phraseEntry().use { typed ->
    words.forEach(typed::add)
    use(typed)
}

private suspend fun <T> typedOrNull(words: List<Int>?, use: suspend (PhraseEntry?) -> T): T =
    if (words == null) use(null) else typed(words) { use(it) }

private fun Connection.told(): Map<String, Any?> = mapOf("line" to line.word(), "trouble" to trouble?.told())

private fun Device.told(): Map<String, Any?> = mapOf(
    "id" to id.text,
    "this" to isThis,
    "active" to active,
    "pays" to pays,
    "administers" to administers,
    "perOrder" to perOrder.map { "$it" },
    "perDay" to perDay.map { "$it" },
    "expires" to (expires != null),
)

private fun Note.told(): Map<String, Any?> = mapOf("id" to id.text, "state" to state.word(), "text" to text)

private fun Loss.told(): Map<String, Any?> = mapOf(
    "payments" to payments.map { it.told() },
    "owed" to owed.map { mapOf("received" to "${it.received}", "paid" to "${it.paid}") },
)
