package farthing

import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.flow.Flow

/**
 * An open wallet. It can be called at any time and from any thread, the one that draws the screen too: disk and network are
 * waited for elsewhere.
 *
 * Each call may throw [FarthingException]. Cancelling one stops only the waiting: what it began is done to its end.
 */
public interface Wallet {
    /** What we ask others to pay. */
    public val requests: Requests

    /** Money by the drop: tabs that we pay from, and those that we earn by. */
    public val tabs: Tabs

    /** Money without network on either side: allowances that we pay from, and payments that we take. */
    public val offline: Offline

    /** Paying while only the payee has network. */
    public val carried: Carried

    /** People we know. */
    public val contacts: Contacts

    /** Meeting people. */
    public val pairing: Pairings

    /** The phones and tills that act for the account. */
    public val devices: Devices

    /** What the account is, and what the verifier knows of it. */
    public val account: Account

    /**
     * How the wallet stands to its verifier, from now on. While it is collected the wallet stays current. It ends when the wallet is
     * closed.
     */
    public val connection: Flow<Connection>

    /** How the wallet stands; asks nobody. */
    public suspend fun status(): Status

    /** What there is of each currency, by receipts alone; asks nobody. */
    public suspend fun balances(): List<Balance>

    /** Reads an amount that was typed, such as `4.50 USD`, in the verifier's currencies. */
    public suspend fun parseMoney(typed: String): Money

    /**
     * Reads and checks everything that a payment needs, and stores a draft to be shown. [amount] is for payees that do not say
     * how much; [memo] is for the payee alone.
     */
    public suspend fun prepare(payee: PayTo, amount: Money? = null, memo: String? = null): Draft

    /** A draft that was prepared before, as it is to be shown now. */
    public suspend fun draft(id: DraftId): Draft

    /** Forgets a draft. */
    public suspend fun discard(id: DraftId)

    /**
     * Signs and stores a draft as it was shown, and begins to send it. The same draft gives the same payment, however often it
     * is confirmed.
     */
    public suspend fun confirm(draft: Draft): Payment

    /** Waits for the outcome of a payment, so long at most. */
    public suspend fun outcome(payment: PaymentId, wait: Duration = 10.seconds): Outcome

    /** A payment by its id, also one of an earlier process. */
    public suspend fun payment(id: PaymentId): Payment

    /** Payments, newest first. [before] is the last of the page before; [limit] is 1 to 500. */
    public suspend fun history(before: PaymentId? = null, limit: Int = 50): List<Payment>

    /** The signed receipt of a payment: it proves it to anybody who knows the verifier's root. */
    public suspend fun receipt(payment: PaymentId): ByteArray

    /**
     * What happens after a position, in order and without gap, from the wallet's own disk. While it is collected the wallet
     * stays current with the verifier. It goes on through [pause] and [resume], and ends when the wallet is closed.
     */
    public fun events(after: EventSeq): Flow<Event>

    /** Resolves what is pending and fetches what is new. */
    public suspend fun sync(): Synced

    /** The same, but no longer than [timeout]; null when it was not done by then. What was done stays. */
    public suspend fun catchUp(timeout: Duration): Synced?

    /** Lets go of files and locks until [resume]: a platform may end an app that keeps them in the background. */
    public suspend fun pause()

    /** Takes files and locks again. */
    public suspend fun resume()

    /** The recovery phrase, while it is kept here. Ask the person for authorisation first, and close it afterwards. */
    public suspend fun revealPhrase(): RecoveryPhrase

    /**
     * How the wallet stands, as lines of text, for the person to send to whoever helps. Without ids, names, addresses, amounts and
     * what was written.
     */
    public suspend fun diagnostics(): String

    /**
     * Ends calls that wait, lets what must not be cut off come to its end, and frees the folder. A second call does nothing.
     * Cancelling does not stop it.
     */
    public suspend fun close()
}

/** What we ask others to pay. */
public interface Requests {
    /**
     * Makes a request; it can be paid when this returns.
     *
     * Without an [amount] the payer chooses. [items] must add up to the amount. A [standing] one can be paid again and again.
     */
    public suspend fun create(
        amount: Money?,
        items: List<Item> = emptyList(),
        memo: String? = null,
        expires: Duration = 15.minutes,
        standing: Boolean = false,
    ): Request

    /** Ours, newest first; [limit] is 1 to 500. */
    public suspend fun list(limit: Int = 50): List<Request>

    /**
     * One of them as it is now, and again whenever its state changes; ends when it cannot change any more. While it is collected
     * the wallet stays current.
     */
    public fun watch(id: RequestId): Flow<Request>

    /** Cancels one. */
    public suspend fun cancel(id: RequestId): RequestState
}

/** People we know. */
public interface Contacts {
    /** All of them, by name. */
    public suspend fun list(): List<Contact>

    /** Gives a contact another name. */
    public suspend fun rename(contact: Contact, name: String): Contact

    /** Neither pays a contact nor listens to it any more. */
    public suspend fun block(contact: Contact): Contact

    /** Takes that back. */
    public suspend fun unblock(contact: Contact): Contact

    /** Writes a few sentences. Trouble on the way to the verifier is no error: the note waits. */
    public suspend fun write(contact: Contact, text: String)

    /** Sends a request of ours, which the contact can pay without scanning anything. */
    public suspend fun send(contact: Contact, request: RequestId)

    /** What was written between us and a contact, oldest first. */
    public suspend fun notes(contact: Contact): List<Note>
}

/** Meeting people: one shows a QR code, the other scans it, both compare six digits. */
public interface Pairings {
    /** Makes a code to show. */
    public suspend fun show(): Pairing

    /** Answers the code of another phone. */
    public suspend fun scan(link: String): Pairing
}

/** A pairing under way. */
public interface Pairing {
    /** What the QR code holds, on the phone that shows it. */
    public val offer: String?

    /** Waits for the six digits that both people compare; null when there are none yet. */
    public suspend fun checkCode(wait: Duration = 30.seconds): String?

    /** The person's answer: whether both phones show the same digits. */
    public suspend fun answer(same: Boolean)

    /** Waits for the contact that two equal answers make; null when it is not there yet. */
    public suspend fun contact(wait: Duration = 30.seconds): Contact?
}
