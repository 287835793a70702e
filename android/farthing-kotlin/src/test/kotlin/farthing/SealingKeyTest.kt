package farthing

import farthing.SealingKeyException.Reason
import farthing.testkit.KeptKey
import farthing.testkit.Town
import java.nio.file.Path
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class SealingKeyTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `a platform's no is told as such`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            ann.wallet.close()
            for ((reason, kind) in mapOf(
                Reason.Locked to "vault_locked",
                Reason.Cancelled to "vault_cancelled",
                Reason.Unavailable to "vault_unavailable",
            )) {
                val refused = failure<FarthingException.Locked> { ann.phone.open { throw SealingKeyException(reason) } }
                assertEquals(kind, refused.kind)
                assertEquals(Action.Unlock, refused.action)
                assertEquals(MoneyMoved.No, refused.moneyMoved)
            }
            val invalidated = ann.phone.open { throw SealingKeyException(Reason.Invalidated) } as Opened.NeedsRecovery
            assertEquals("key_invalidated", invalidated.reason.kind)
            ann.phone.ready().close()
        }
    }

    @Test
    fun `whatever an adapter throws is a no, at each part of the key`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            ann.wallet.close()
            for (part in 0..3) {
                for (thrown in listOf(
                    IllegalStateException("the platform is confused"),
                    NotImplementedError(),
                    StackOverflowError(),
                    LinkageError(),
                    InterruptedException(),
                )) {
                    val refused = failure<FarthingException.Locked> {
                        ann.phone.open { index -> if (index == part) throw thrown else 0 }
                    }
                    assertEquals("vault_unavailable", refused.kind, "$thrown at part $part")
                }
            }
            ann.phone.ready().close()
        }
    }

    @Test
    fun `a key that is another each time opens nothing`() = runBlocking<Unit> {
        Town(folder).use { town ->
            val ann = town.person("Ann")
            ann.wallet.close()
            var asked = 0L
            val opened = ann.phone.open { asked++ }
            assertEquals("key_invalidated", (opened as Opened.NeedsRecovery).reason.kind)
            ann.phone.open(KeptKey(0)).let { (it as Opened.Ready).wallet.close() }
        }
    }
}
