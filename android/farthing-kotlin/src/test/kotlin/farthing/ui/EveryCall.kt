package farthing.ui

import farthing.AllowanceOutcome
import farthing.CodeCollector
import farthing.Event
import farthing.EventSeq
import farthing.Farthing
import farthing.FarthingException
import farthing.Joining
import farthing.Keys
import farthing.Line
import farthing.OfflineExamined
import farthing.OfflineLook
import farthing.Opened
import farthing.Outcome
import farthing.Pairing
import farthing.PayTo
import farthing.PhraseEntry
import farthing.Scope
import farthing.TabOutcome
import farthing.TabWith
import farthing.Wallet
import farthing.testkit.KeptKey
import java.lang.reflect.UndeclaredThrowableException
import java.nio.file.Path
import kotlin.io.path.name
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first

/** Two people who do everything that can be done with a wallet. */
internal class EveryCall(private val folder: Path, private val invite: String, private val ui: UiThread) {
    suspend fun live() {
        withoutWallet()
        val (ann, ben) = listOf("ann", "ben").map { enrolled(it) }
        asked(ann)
        paid(ann, ben)
        met(ann, ben)
        dropped(ann, ben)
        offline(ann, ben)
        carried(ann, ben)
        joined(ann)
        account(ann, ben)
        listOf(ann, ben).forEach { it.close() }
        restored(ann)
    }

    private fun withoutWallet() {
        ui.call("Farthing.load") { Farthing.load() }
        ui.call("Farthing.wordList") { Farthing.wordList() }
        ui.call("Farthing.recognise") { Farthing.recognise(invite) }
        ui.call("Farthing.drawQr") { Farthing.drawQr(invite, 2) }
        val codes = ui.call("Farthing.shownCodes") { Farthing.shownCodes(invite.take(100)) }
        ui.seen<CodeCollector>(ui.call("Farthing.codeCollector") { Farthing.codeCollector() }).use { codes.forEach(it::add) }
        ui.call("Keys.inMemory") { Keys.inMemory() }
        ui.call("Farthing.log") { Farthing.log {} }.close()
        ui.seen<PhraseEntry>(ui.call("Farthing.phraseEntry") { Farthing.phraseEntry() }).close()
    }

    private fun keys(of: String, seed: Long = of.hashCode().toLong()): Keys = ui.call("Keys.sealed") {
        Keys.sealed(folder.resolve(of).resolve("keys"), folder.resolve(of).resolve("state"), KeptKey(seed))
    }

    private suspend fun open(of: String, keys: Keys = keys(of)): Opened =
        ui.call("Farthing.open") { Farthing.open(folder.resolve(of).resolve("wallet"), keys) }

    private suspend fun empty(of: String): Opened.Empty = ui.seen(open(of) as Opened.Empty)

    private suspend fun enrolled(name: String): Wallet {
        empty(name).enrol(invite, name).let { ui.seen<Wallet>(it).close() }
        return ui.seen(ui.seen(open(name) as Opened.Ready).wallet)
    }

    private suspend fun asked(ann: Wallet) {
        ann.status()
        ann.balances()
        ann.history()
        ann.sync()
        ann.catchUp(1.minutes)
        ann.connection.first { it.line == Line.Stream }
        ann.events(EventSeq.Start).first()
        ann.diagnostics()
        ann.pause()
        ann.resume()
        ui.seen(ann.revealPhrase()).use { phrase -> (1..phrase.size).map(phrase::word) }
    }

    private suspend fun paid(ann: Wallet, ben: Wallet) {
        val requests = ui.seen(ben.requests)
        val one = ben.parseMoney("1.00 USD")
        val (kept, cancelled) = List(2) { requests.create(one) }
        requests.cancel(cancelled.id)
        requests.list()
        val discarded = ann.prepare(PayTo.scanned(kept.link))
        ann.draft(discarded.id)
        ann.discard(discarded.id)
        val sent = ann.confirm(ann.prepare(PayTo.scanned(kept.link), memo = "two tacos"))
        check(ann.outcome(sent.id) is Outcome.Settled)
        ann.payment(sent.id)
        ann.receipt(sent.id)
        ben.events(EventSeq.Start).first { it is Event.RequestPaid }
        requests.watch(kept.id).first()
    }

    private suspend fun met(ann: Wallet, ben: Wallet) = coroutineScope {
        val shown = ui.seen(ui.seen(ann.pairing).show())
        val scanned = ui.seen(ui.seen(ben.pairing).scan(checkNotNull(shown.offer)))
        check(shown.checkCode() == scanned.checkCode())
        suspend fun Pairing.met() = let { answer(true); checkNotNull(contact()) }
        val other = async { scanned.met() }
        val met = shown.met()
        val contacts = ui.seen(ann.contacts)
        val renamed = contacts.rename(met, "Benny")
        contacts.unblock(contacts.block(renamed))
        contacts.write(renamed, "lunch?")
        contacts.send(renamed, ui.seen(ann.requests).create(ann.parseMoney("1 USD")).id)
        contacts.notes(renamed)
        contacts.list()
        other.await()
    }

    private suspend fun dropped(ann: Wallet, ben: Wallet) {
        val (paying, earning) = ui.seen(ann.tabs) to ui.seen(ben.tabs)
        val (price, cap) = ben.parseMoney("0.02 USD") to ben.parseMoney("1 USD")
        val (kept, cancelled) = List(2) { earning.offer(price, "article", cap) }
        earning.cancel(cancelled.id)
        earning.offers()
        val link = checkNotNull(earning.offer(kept.id).link)
        earning.send(ui.seen(ben.contacts).list().first(), kept.id)
        paying.received(ui.seen(ann.contacts).list().first())
        paying.read(link)
        val discarded = paying.prepare(TabWith.scanned(link))
        paying.draft(discarded.id)
        paying.discard(discarded.id)
        val tab = paying.confirm(paying.prepare(TabWith.scanned(link))).id
        check(paying.outcome(tab) is TabOutcome.Done)
        paying.raise(tab, ann.parseMoney("2 USD"))
        val voucher = paying.pay(tab, price).voucher
        ben.sync()
        val taken = earning.take(voucher)
        paying.catchUp(voucher)
        earning.claim()
        paying.close(tab)
        ben.sync()
        earning.release(taken.tab)
        paying.list()
        paying.tab(tab)
        paying.receipts(tab)
    }

    private suspend fun offline(ann: Wallet, ben: Wallet) {
        val (paying, taking) = ui.seen(ann.offline) to ui.seen(ben.offline)
        val discarded = paying.prepare(ann.parseMoney("1 USD"))
        paying.draft(discarded.id)
        paying.discard(discarded.id)
        val allowance = paying.confirm(paying.prepare(ann.parseMoney("1 USD"))).id
        check(paying.outcome(allowance) is AllowanceOutcome.Done)
        val asked = taking.ask(ben.parseMoney("0.50 USD"))
        taking.asked(asked.id)
        val payment = paying.pay((paying.look(asked.text) as OfflineLook.New).prompt)
        val taken = taking.take((taking.examine(payment.text) as OfflineExamined.Good).offer)
        taking.unsettled()
        taking.lossLimits().forEach { taking.setLossLimit(it) }
        taking.claim()
        taking.taken()
        taking.taken(taken.id)
        paying.payments(allowance)
        paying.revoke(allowance)
        paying.allowances()
        paying.allowance(allowance)
    }

    private suspend fun carried(ann: Wallet, ben: Wallet) {
        val (paying, posting) = ui.seen(ann.carried) to ui.seen(ben.carried)
        val whole = posting.whole(ui.seen(ben.requests).create(ben.parseMoney("0.50 USD")).id)
        val signed = paying.confirm(paying.prepare(whole))
        val reply = posting.post(paying.payment(signed.payment.id).text)
        check(paying.take(checkNotNull(reply.answer)) is Outcome.Settled)
    }

    private suspend fun joined(ann: Wallet) = coroutineScope {
        val devices = ui.seen(ann.devices)
        val refused = ui.seen(devices.show())
        joining("other", refused.offer).use { other ->
            check(refused.checkCode() == other.checkCode)
            other.reject()
        }
        refused.reject()
        // Nobody answers, and the phone's folder is free again.
        joining("silent", ui.seen(devices.show()).offer).use { it.checkCode }
        val pairing = ui.seen(devices.show())
        val joining = joining("till", pairing.offer)
        check(joining.checkCode == pairing.checkCode())
        val till = async { ui.seen(joining.confirm("Till")) }
        val added = pairing.confirm(Scope())
        till.await().close()
        joining.close()
        devices.list()
        devices.revoke(added)
    }

    private suspend fun joining(name: String, offer: String): Joining = ui.seen(empty(name).join(offer))

    private suspend fun account(ann: Wallet, ben: Wallet) {
        val account = ui.seen(ann.account)
        account.aliases()
        account.register("anna-${folder.name.substringAfter('-')}")
        account.keepsPhrase()
        account.export(folder.resolve("export"))
        account.loss()
        failing { account.acceptLoss() }
        account.checkpoint()?.let { ui.seen(ben.account).compareCheckpoint(it) }
        failing { account.compareCheckpoint(ByteArray(9)) }
    }

    /** What was lost is brought back by the phrase, by who kept the account's folder and by who did not. */
    private suspend fun restored(closed: Wallet) {
        failing { closed.balances() }
        val ann = ui.seen(ui.seen(open("ann") as Opened.Ready).wallet)
        val phrase = ui.seen(ann.revealPhrase()).use { phrase -> (1..phrase.size).map(phrase::word) }
        val (first, second, third) = List(3) { typed(phrase) }
        ui.seen(ann.account).confirmPhrase(first)
        ann.close()
        ui.seen<Wallet>(empty("ann-2").restore(invite, second, "Ann")).close()
        val lost = ui.seen(open("ann", keys("ann", seed = 4711)) as Opened.NeedsRecovery)
        check(lost.reason.kind == "key_invalidated")
        val where = folder.resolve("ann-3")
        ui.seen<Wallet>(lost.restore(where.resolve("wallet"), keys("ann-3"), invite, third, "Ann")).close()
    }

    private fun typed(phrase: List<Int>): PhraseEntry {
        val entry = ui.call("Farthing.phraseEntry") { Farthing.phraseEntry() }
        val seen = ui.seen<PhraseEntry>(entry)
        seen.add(0)
        seen.removeLast()
        phrase.forEach(seen::add)
        seen.check()
        return entry
    }

    private suspend fun failing(call: suspend () -> Any?) {
        try {
            call()
        } catch (_: FarthingException) {
            // It was made, and answered.
        } catch (thrown: UndeclaredThrowableException) {
            // The same, when it was answered at once: interfaces in Java's sense do not say what they throw.
            check(thrown.undeclaredThrowable is FarthingException) { thrown }
        }
    }
}
