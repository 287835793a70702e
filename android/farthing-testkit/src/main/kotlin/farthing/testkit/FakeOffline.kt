package farthing.testkit

import farthing.Action
import farthing.Allowance
import farthing.AllowanceDraft
import farthing.AllowanceDraftId
import farthing.AllowanceId
import farthing.AllowanceOutcome
import farthing.AllowanceState
import farthing.ClaimedOffline
import farthing.CouldLose
import farthing.FarthingException
import farthing.Item
import farthing.Money
import farthing.Offline
import farthing.OfflineExamined
import farthing.OfflineLook
import farthing.OfflineOffer
import farthing.OfflinePayment
import farthing.OfflinePrompt
import farthing.OfflineRequest
import farthing.OfflineRequestId
import farthing.PaidOffline
import farthing.Retry
import farthing.TakenId
import farthing.TakenPayment
import farthing.TakenState
import farthing.Unsettled
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/** Money without network of a [FakeWallet]: what is shown are texts that nobody signed, which other fake wallets read. */
internal class FakeOffline(private val money: FakeMoney) : Offline {
    private val drafts = HashMap<AllowanceDraftId, AllowanceDraft>()
    private val confirmed = HashMap<AllowanceDraftId, AllowanceId>()
    private val allowances = LinkedHashMap<AllowanceId, Allowance>()
    private val payments = LinkedHashMap<String, Pair<OfflinePayment, PaidOffline>>()
    private val requests = HashMap<OfflineRequestId, Asked>()
    private val taken = LinkedHashMap<TakenId, TakenPayment>()
    private var limit: Money? = null

    private class Asked(val request: OfflineRequest, val memo: String?, val items: List<Item>)

    override suspend fun prepare(cap: Money, perPayment: Money?, lasts: Duration, grace: Duration): AllowanceDraft =
        money.called {
            if (cap > money.available) throw denied(327, "insufficient_balance", "There is not enough money. Add some first.", Action.AddMoney)
            val id = AllowanceDraftId(money.id("draft"))
            AllowanceDraft(id, cap, perPayment ?: cap, money.zero, cap, cap + cap, lasts, grace, "shown-${id.text}")
                .also { drafts[id] = it }
        }

    override suspend fun draft(id: AllowanceDraftId): AllowanceDraft = money.called { drafts[id] ?: throw noAllowance() }

    override suspend fun discard(id: AllowanceDraftId): Unit = money.called { drafts.remove(id) }

    override suspend fun confirm(draft: AllowanceDraft): Allowance = money.called {
        confirmed[draft.id]?.let { return@called find(it) }
        val kept = drafts.remove(draft.id) ?: throw noAllowance()
        if (kept.shown != draft.shown) {
            drafts[draft.id] = kept
            throw notWhatWasApproved()
        }
        money.available -= kept.setAside
        money.held += kept.setAside
        val until = money.now + kept.lasts.toJavaDuration()
        val id = AllowanceId(money.id("allowance"))
        confirmed[draft.id] = id
        keep(
            Allowance(
                id, AllowanceState.Open, kept.cap, kept.perPayment, money.zero, kept.cap, until,
                until + kept.grace.toJavaDuration(), frozen = false, end = null, money.now, code = null,
            ),
        )
    }

    override suspend fun outcome(allowance: AllowanceId, wait: Duration): AllowanceOutcome =
        money.called { AllowanceOutcome.Done(find(allowance)) }

    override suspend fun revoke(allowance: AllowanceId): AllowanceOutcome = money.called {
        val open = find(allowance)
        if (open.state != AllowanceState.Open) throw notOpen()
        AllowanceOutcome.Done(keep(open.copy(state = AllowanceState.Revoked, left = money.zero)))
    }

    override suspend fun allowances(limit: Int): List<Allowance> = money.called { allowances.values.reversed().take(limit) }

    override suspend fun allowance(id: AllowanceId): Allowance = money.called { find(id) }

    override suspend fun payments(allowance: AllowanceId): List<PaidOffline> = money.called {
        find(allowance)
        payments.values.filter { it.first.allowance == allowance }.map { it.second }
    }

    override suspend fun look(shown: String, from: AllowanceId?): OfflineLook = money.called {
        payments[shown]?.let { return@called OfflineLook.Again(it.first) }
        val (_, units) = parts(shown, ASK, 2) ?: throw unreadable(676, "not_an_offline_request", "This is nothing that can be paid from an allowance.")
        val amount = amount(units)
        val open = allowances.values.filter { it.state == AllowanceState.Open && (from ?: it.id) == it.id }
        val own = open.firstOrNull { amount <= it.left } ?: throw if (open.isEmpty()) notOpen() else usedUp()
        if (amount > own.perPayment) throw denied(666, "allowance_limit", "That is more than one payment of this allowance may be.")
        val until = money.now + REQUEST_LIFE
        OfflineLook.New(
            OfflinePrompt(shown, amount, null, null, emptyList(), own.id, own.left - amount, until, null, "shown-$shown-${own.id}"),
        )
    }

    override suspend fun pay(prompt: OfflinePrompt): OfflinePayment {
        val found = when (val look = look(prompt.request, prompt.allowance)) {
            is OfflineLook.Again -> return look.payment
            is OfflineLook.New -> look.prompt
        }
        return money.called {
            if (found.shown != prompt.shown) throw notWhatWasApproved()
            val own = find(found.allowance)
            keep(own.copy(spent = own.spent + found.amount, left = own.left - found.amount))
            val number = payments.values.count { it.first.allowance == own.id } + 1L
            val (request) = checkNotNull(parts(found.request, ASK, 2))
            val text = listOf(PAY, request, found.amount.units, own.id, number).joinToString(MARK)
            OfflinePayment(own.id, number, found.amount, text)
                .also { payments[found.request] = it to PaidOffline(number, found.amount, null, null, money.now) }
        }
    }

    override suspend fun ask(amount: Money, items: List<Item>, memo: String?, expires: Duration): OfflineRequest = money.called {
        val id = OfflineRequestId(money.id("request"))
        val text = listOf(ASK, id, amount.units).joinToString(MARK)
        val request = OfflineRequest(id, amount, money.now + expires.toJavaDuration(), text)
        requests[id] = Asked(request, memo, items)
        request
    }

    override suspend fun asked(id: OfflineRequestId): OfflineRequest =
        money.called { requests[id]?.request ?: throw misuse(329, "request_id_unknown", "There is no such request.") }

    override suspend fun examine(shown: String): OfflineExamined = money.called {
        val (request, _, allowance) = parts(shown, PAY, 4)
            ?: throw unreadable(677, "not_an_offline_payment", "This is no payment without network.")
        taken[TakenId(shown)]?.let { return@called OfflineExamined.Taken(it) }
        val asked = requests[OfflineRequestId(request)] ?: throw notGood()
        val amount = asked.request.amount
        if (taken.values.any { it.text().first() == request }) {
            throw misbehaved(671, "offline_paid_already", "What you asked for was paid already. Deliver nothing for this one.")
        }
        val waiting = taken.values.filter { it.state == TakenState.Taken }
        val all = waiting.fold(amount) { sum, each -> sum + each.amount }
        val ofPayer = waiting.filter { it.allowance.text == allowance }.fold(amount) { sum, each -> sum + each.amount }
        if (all > limit()) throw denied(674, "loss_limit", "With this payment you could lose more than the limit that you have set.")
        val lose = CouldLose(all, ofPayer, limit())
        OfflineExamined.Good(
            OfflineOffer(shown, amount, asked.memo, asked.items, lose, money.now + CLAIM_LIFE, null, "shown-$shown-$all"),
        )
    }

    override suspend fun take(offer: OfflineOffer): TakenPayment {
        val found = when (val examined = examine(offer.payment)) {
            is OfflineExamined.Taken -> return examined.payment
            is OfflineExamined.Good -> examined.offer
        }
        return money.called {
            if (found.shown != offer.shown) throw notWhatWasApproved()
            val (_, _, allowance) = checkNotNull(parts(found.payment, PAY, 4))
            val id = TakenId(found.payment)
            TakenPayment(
                id, TakenState.Taken, found.amount, money.zero, null, contradicts = false, AllowanceId(allowance),
                found.claimUntil, found.memo, found.items, money.now, null,
            ).also { taken[id] = it }
        }
    }

    /** Everybody is honest: what is claimed is settled at once. */
    override suspend fun claim(): ClaimedOffline = money.called {
        val claimed = taken.values.filter { it.state == TakenState.Taken }
            .map { it.copy(state = TakenState.Settled, guaranteed = money.zero, received = it.amount) }
        for (each in claimed) {
            taken[each.id] = each
            money.available += each.amount
        }
        ClaimedOffline(claimed, emptyMap())
    }

    override suspend fun taken(limit: Int): List<TakenPayment> = money.called { taken.values.reversed().take(limit) }

    override suspend fun taken(id: TakenId): TakenPayment =
        money.called { taken[id] ?: throw misuse(675, "taken_unknown", "There is no such payment.") }

    override suspend fun unsettled(): List<Unsettled> = money.called {
        val waiting = taken.values.filter { it.state == TakenState.Taken }
        listOf(Unsettled(waiting.fold(money.zero) { sum, each -> sum + each.amount }, money.zero))
    }

    override suspend fun lossLimits(): List<Money> = money.called { listOf(limit()) }

    override suspend fun setLossLimit(most: Money): Unit = money.called { limit = most }

    private fun limit(): Money = limit ?: Money.of("25", money.zero.code, money.zero.scale)

    private fun find(id: AllowanceId): Allowance = allowances[id] ?: throw noAllowance()

    private fun keep(allowance: Allowance): Allowance = allowance.also { allowances[it.id] = it }

    private fun amount(units: String): Money =
        Money(units.toLongOrNull() ?: throw notGood(), money.zero.code, money.zero.scale)

    private fun TakenPayment.text(): List<String> = checkNotNull(parts(id.text, PAY, 4))

    private companion object {
        const val ASK = "FAKE-ASK"
        const val PAY = "FAKE-PAY"
        const val MARK = "+"
        val REQUEST_LIFE: java.time.Duration = java.time.Duration.ofMinutes(15)
        val CLAIM_LIFE: java.time.Duration = java.time.Duration.ofDays(10)

        fun parts(shown: String, kind: String, count: Int): List<String>? =
            shown.split(MARK).takeIf { it.size == count + 1 && it.first() == kind }?.drop(1)

        // Numbers and kinds are those of the library: apps look at them.
        fun noAllowance() = misuse(661, "no_such_allowance", "There is no such allowance in this wallet.")

        fun notOpen() = misuse(662, "allowance_not_open", "Nothing can be paid from this allowance.", Action.None)

        fun usedUp() = denied(667, "allowance_used_up", "There is not enough left in this allowance.")

        fun notGood() = misbehaved(670, "payment_not_good", "This is no payment for what you asked for: deliver nothing for it.")

        fun misbehaved(code: Int, kind: String, sentence: String) =
            FarthingException.Misbehaved(FakeWallet.problem(code, kind, sentence))

        fun notWhatWasApproved() = misuse(331, "not_what_was_approved", "Look at it again.", Action.ConfirmAgain)

        fun unreadable(code: Int, kind: String, sentence: String): FarthingException = FakeWallet.unreadable(code, kind, sentence)

        fun misuse(code: Int, kind: String, sentence: String, action: Action = Action.CorrectInput) =
            FarthingException.Misuse(FakeWallet.problem(code, kind, sentence, Retry.AfterAction, action))

        fun denied(code: Int, kind: String, sentence: String, action: Action = Action.CorrectInput) =
            FarthingException.Denied(FakeWallet.problem(code, kind, sentence, Retry.AfterAction, action))
    }
}
