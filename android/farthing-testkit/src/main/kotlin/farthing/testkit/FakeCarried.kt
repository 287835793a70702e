package farthing.testkit

import farthing.Carried
import farthing.CarriedPayment
import farthing.CarriedReply
import farthing.Draft
import farthing.FarthingException
import farthing.Money
import farthing.Outcome
import farthing.PayTo
import farthing.Payee
import farthing.PaymentId
import farthing.RequestId
import farthing.RequestState
import farthing.Trust

/** Orders that the payee posts, of a [FakeWallet]: what is shown are texts that nobody signed, which other fake wallets read. */
internal class FakeCarried(private val wallet: FakeWallet, private val asks: (RequestId) -> Money?) : Carried {
    private val requests = HashMap<PaymentId, String>()

    override suspend fun whole(request: RequestId): String {
        val asked = wallet.requests.list(Int.MAX_VALUE).find { it.id == request } ?: throw unreadable()
        val amount = asks(asked.id)
        return listOf(WHOLE, asked.id, amount?.units ?: "", amount?.code ?: "", amount?.scale ?: "").joinToString(MARK)
    }

    override suspend fun prepare(request: String, amount: Money?, memo: String?): Draft {
        val (_, units, code, scale) = parts(request, WHOLE, 4)
        val asked = units.toLongOrNull()?.let { Money(it, code, scale.toInt()) }
        wallet.payees[request] = FakeWallet.Offer(Payee(null, null, null, Trust.Request), asked)
        return wallet.prepare(PayTo.scanned(request), amount, memo).also { requests[it.id.payment] = request }
    }

    override suspend fun confirm(draft: Draft): CarriedPayment {
        // Nobody knows what becomes of it until the answer comes, or a sync.
        wallet.fates.addFirst(FakeWallet.Fate.StaysUnknown(FakeWallet.noNetwork))
        return shown(wallet.confirm(draft).id)
    }

    override suspend fun payment(id: PaymentId): CarriedPayment = shown(id)

    override suspend fun post(order: String): CarriedReply {
        val (request, units, code, scale, payment) = parts(order, ORDER, 5)
        val amount = Money(units.toLong(), code, scale.toInt())
        val ours = wallet.requests.list(Int.MAX_VALUE).find { it.id.text == request }
        val answer = "$ANSWER$MARK$payment"
        if (ours?.state == RequestState.Open) wallet.receive(amount, request = ours.id)
        return CarriedReply.Paid(amount, toUs = ours != null, answer)
    }

    override suspend fun take(answer: String): Outcome {
        val (payment) = parts(answer, ANSWER, 1)
        wallet.sync()
        return wallet.outcome(PaymentId(payment))
    }

    private suspend fun shown(id: PaymentId): CarriedPayment {
        val payment = wallet.payment(id)
        val (request) = parts(requests[id] ?: throw unreadable(), WHOLE, 4)
        val amount = payment.amount
        return CarriedPayment(payment, listOf(ORDER, request, amount.units, amount.code, amount.scale, id).joinToString(MARK))
    }

    private companion object {
        const val WHOLE = "FAKE-WHOLE"
        const val ORDER = "FAKE-ORDER"
        const val ANSWER = "FAKE-ANSWER"
        const val MARK = "+"

        fun parts(shown: String, kind: String, count: Int): List<String> =
            shown.split(MARK).takeIf { it.size == count + 1 && it.first() == kind }?.drop(1) ?: throw unreadable()

        fun unreadable(): FarthingException = FakeWallet.unreadable(306, "not_recognised", "This is nothing that can be read.")
    }
}
