package farthing

import farthing.testkit.Person
import farthing.testkit.Town
import java.nio.file.Path
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** People who have met, write, and ask each other for money. */
class NotesTest {
    @TempDir
    lateinit var folder: Path

    /** Each as the other's contact. */
    private suspend fun meet(one: Person, other: Person): Pair<Contact, Contact> = runBlocking {
        val shown = one.wallet.pairing.show()
        val scanned = other.wallet.pairing.scan(checkNotNull(shown.offer))
        assertEquals(checkNotNull(shown.checkCode()), scanned.checkCode())
        val both = listOf(shown, scanned).map { async { it.answer(true); checkNotNull(it.contact()) } }
        both[1].await() to both[0].await()
    }

    @Test
    fun `a note arrives, and a request in a note is paid without scanning`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val (ann, bob) = town.person("Ann") to town.person("Bob")
            val (annAtBobs, bobAtAnns) = meet(ann, bob)
            ann.wallet.contacts.write(bobAtAnns, "lunch?")
            bob.wallet.sync()
            val note = bob.wallet.contacts.notes(annAtBobs).single()
            assertEquals("lunch?" to NoteState.Received, note.text to note.state)

            val request = bob.wallet.requests.create(bob.wallet.parseMoney("4.50 USD"))
            bob.wallet.contacts.send(annAtBobs, request.id)
            ann.wallet.sync()
            val asked = ann.wallet.contacts.notes(bobAtAnns).last()
            assertNull(asked.text)
            val draft = ann.wallet.prepare(PayTo.request(bobAtAnns, asked), memo = "tacos")
            assertEquals("4.50 USD", draft.total.toString())
            val payment = ann.wallet.confirm(draft)
            assertInstanceOf(Outcome.Settled::class.java, ann.wallet.outcome(payment.id, 20.seconds))
            bob.wallet.sync()
            assertEquals("24.50 USD", bob.wallet.balances().single().available.toString())
            ann.wallet.close()
            bob.wallet.close()
        }
    }

    @Test
    fun `aliases, the phrase and checkpoints`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val (ann, bob) = town.person("Ann") to town.person("Bob")
            ann.wallet.account.register("Annas-Place")
            assertEquals(listOf(ann.wallet.status().alias, "annas-place"), ann.wallet.account.aliases())
            val draft = bob.wallet.prepare(PayTo.scanned("annas-place"), bob.wallet.parseMoney("1 USD"))
            val payment = bob.wallet.confirm(draft)
            assertInstanceOf(Outcome.Settled::class.java, bob.wallet.outcome(payment.id, 20.seconds))

            assertEquals(true, ann.wallet.account.keepsPhrase())
            val other = failure<FarthingException> { ann.wallet.account.confirmPhrase(typed(bob.wallet)) }
            assertEquals("other_phrase", other.kind)
            ann.wallet.account.confirmPhrase(typed(ann.wallet))
            assertEquals(false, ann.wallet.account.keepsPhrase())
            assertEquals("phrase_gone", failure<FarthingException> { ann.wallet.revealPhrase() }.kind)

            val foreign = failure<FarthingException.Unreadable> { ann.wallet.account.compareCheckpoint(ByteArray(9)) }
            assertEquals("not_a_checkpoint", foreign.kind)
            assertNull(ann.wallet.account.loss())
            ann.wallet.close()
            bob.wallet.close()
        }
    }

    /** As the person types what is on the paper. */
    private suspend fun typed(wallet: Wallet): PhraseEntry = Farthing.phraseEntry().also { entry ->
        wallet.revealPhrase().use { phrase -> (1..phrase.size).forEach { entry.add(phrase.word(it)) } }
    }
}
