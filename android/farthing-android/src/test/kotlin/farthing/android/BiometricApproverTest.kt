package farthing.android

import android.app.Activity
import android.hardware.biometrics.BiometricPrompt
import android.os.Bundle
import farthing.Money
import farthing.Payee
import farthing.TabDraft
import farthing.TabId
import farthing.Trust
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.Deferred
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.robolectric.Robolectric
import org.robolectric.android.controller.ActivityController
import org.robolectric.shadows.ShadowBiometricPrompt

class BiometricApproverTest : AndroidTest() {
    private lateinit var approver: BiometricApprover
    private lateinit var front: ActivityController<FrontActivity>

    private val tacos = approval("Taco Truck", "4.50")

    private fun approval(payee: String, total: String, verified: Boolean = true) =
        Approval(payee, verified, Money.of(total, "USD", 6), "two tacos")

    @Before
    fun phone() {
        ShadowBiometricPrompt.reset()
        enrolled()
        declare(FrontActivity::class.java, OtherActivity::class.java)
        approver = BiometricApprover(Activities(app), 60.seconds)
        front = Robolectric.buildActivity(FrontActivity::class.java).setup()
    }

    private fun asked(approval: Approval = tacos): Deferred<Verdict> = begun { approver.approve(approval) }.also { idle(1_000) }

    private val shown: BiometricPrompt? get() = ShadowBiometricPrompt.getCurrentPrompt()

    private fun yes() = ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully().also { idle(3_000) }

    private fun error(code: Int) {
        ShadowBiometricPrompt.authenticateCurrentSessionWithError(code, "said by the phone")
        idle(3_000)
    }

    private fun Deferred<Verdict>.verdict(): Verdict {
        assertTrue("there is no answer", isCompleted)
        @Suppress("OPT_IN_USAGE")
        return getCompleted()
    }

    @Test
    fun `a yes is a yes, and a wrong finger before it no answer`() {
        val answer = asked()
        ShadowBiometricPrompt.failCurrentSessionOnce()
        idle(1_000)
        assertFalse(answer.isCompleted)
        yes()
        assertEquals(Verdict.Approved, answer.verdict())
    }

    @Test
    fun `the prompt shows payee, total and reason`() {
        asked()
        assertEquals("Pay 4.50 USD?", shown!!.title.toString())
        assertEquals("To Taco Truck", shown!!.subtitle.toString())
        assertEquals("two tacos", shown!!.description.toString())
        assertTrue(shown!!.isConfirmationRequired)
        ShadowBiometricPrompt.cancelCurrentSession()
    }

    @Test
    fun `what is set aside for a tab is not said to be paid`() {
        val five = Money.of("5.00", "USD", 6)
        val paper = Payee("The Paper", null, null, Trust.Request)
        asked(
            Approval.of(
                TabDraft(
                    TabId("1"), false, paper, Money.of("0.02", "USD", 6), "article", five, Money.of("0", "USD", 6), five, 1.days, 3.days,
                    "the paper", null, null, emptyList(), "shown",
                ),
            ),
        )
        assertEquals("Set 5.00 USD aside?", shown!!.title.toString())
        assertEquals("To “The Paper” (not verified)", shown!!.subtitle.toString())
        assertEquals("the paper", shown!!.description.toString())
    }

    @Test
    fun `a payee whom nobody has checked is shown as such`() {
        asked(approval("Taco Truck", "4.50", verified = false))
        assertEquals("To “Taco Truck” (not verified)", shown!!.subtitle.toString())
    }

    @Test
    fun `each no has its reason`() {
        val said = mapOf(
            10 to Verdict.Declined,
            13 to Verdict.Declined,
            3 to Verdict.TimedOut,
            7 to Verdict.LockedOut(permanently = false),
            9 to Verdict.LockedOut(permanently = true),
            11 to Verdict.NotEnrolled,
            14 to Verdict.NotEnrolled,
            12 to Verdict.NoHardware,
        )
        for ((code, verdict) in said) {
            val answer = asked()
            error(code)
            assertEquals("error $code", verdict, answer.verdict())
        }
    }

    @Test
    fun `a phone without finger and screen lock is not asked`() {
        enrolled(false)
        val answer = asked()
        assertTrue(answer.verdict() in setOf(Verdict.NotEnrolled, Verdict.NoHardware))
        assertNull(shown)
    }

    @Test
    fun `nobody answers`() {
        val answer = asked()
        idle(61_000)
        assertEquals(Verdict.TimedOut, answer.verdict())
        assertNull("the prompt is gone", shown)
        val again = asked()
        assertNotNull(shown)
        yes()
        assertEquals(Verdict.Approved, again.verdict())
    }

    @Test
    fun `the prompt outlives a rotation, and the next activity hears the answer`() {
        val answer = asked()
        val before = shown
        val old = front.get()
        front.recreate()
        idle(1_000)
        assertTrue(front.get() !== old)
        assertFalse(answer.isCompleted)
        assertTrue("it is the same prompt", shown === before)
        yes()
        assertEquals(Verdict.Approved, answer.verdict())
    }

    @Test
    fun `two rotations and a no`() {
        val answer = asked()
        front.recreate()
        idle(100)
        front.recreate()
        idle(1_000)
        error(10)
        assertEquals(Verdict.Declined, answer.verdict())
    }

    @Test
    fun `an activity that was thrown away with all it had is asked over anew`() {
        val answer = asked()
        val state = Bundle()
        front.pause().stop().saveInstanceState(state).destroy()
        idle(1_000)
        assertFalse(answer.isCompleted)
        front = Robolectric.buildActivity(FrontActivity::class.java)
            .create(state).start().restoreInstanceState(state).resume().visible()
        idle(2_000)
        assertFalse(answer.isCompleted)
        yes()
        assertEquals(Verdict.Approved, answer.verdict())
    }

    @Test
    fun `over a stopped activity nobody is asked until it is back`() {
        front.pause().stop()
        val answer = asked()
        assertNull(shown)
        assertFalse(answer.isCompleted)
        front.start().resume()
        idle(1_000)
        assertNotNull(shown)
        yes()
        assertEquals(Verdict.Approved, answer.verdict())
    }

    @Test
    fun `nobody comes back to a question`() {
        front.pause().stop()
        val answer = asked()
        idle(61_000)
        assertEquals(Verdict.TimedOut, answer.verdict())
    }

    @Test
    fun `what the system took away is asked again when the app is back`() {
        val answer = asked()
        error(5)
        front.pause().stop()
        idle(2_000)
        assertFalse(answer.isCompleted)
        front.start().resume()
        idle(2_000)
        yes()
        assertEquals(Verdict.Approved, answer.verdict())
    }

    @Test
    fun `what the system takes away again and again is not asked for ever`() {
        val answer = asked()
        repeat(10) {
            if (!answer.isCompleted) error(5)
        }
        assertEquals(Verdict.Interrupted, answer.verdict())
    }

    @Test
    fun `another activity in front is asked over`() {
        val answer = asked()
        front.pause()
        val other = Robolectric.buildActivity(OtherActivity::class.java).setup()
        front.stop()
        idle(3_000)
        assertFalse(answer.isCompleted)
        yes()
        assertEquals(Verdict.Approved, answer.verdict())
        other.pause().stop().destroy()
    }

    @Test
    fun `a second question waits for the first`() {
        val first = asked()
        val second = asked(approval("Cafe", "2.00"))
        assertEquals("To Taco Truck", shown!!.subtitle.toString())
        error(10)
        assertEquals(Verdict.Declined, first.verdict())
        idle(2_000)
        assertFalse(second.isCompleted)
        assertEquals("To Cafe", shown!!.subtitle.toString())
        yes()
        assertEquals(Verdict.Approved, second.verdict())
    }

    @Test
    fun `who is cancelled takes the question away, and the next one is asked`() {
        val first = asked()
        val second = asked(approval("Cafe", "2.00"))
        first.cancel()
        idle(3_000)
        assertEquals("To Cafe", shown!!.subtitle.toString())
        yes()
        assertEquals(Verdict.Approved, second.verdict())
    }

    @Test
    fun `the answer to one question is not heard by the next`() {
        val first = asked()
        yes()
        assertEquals(Verdict.Approved, first.verdict())
        val second = asked(approval("Cafe", "2.00"))
        idle(5_000)
        assertFalse(second.isCompleted)
        error(13)
        assertEquals(Verdict.Declined, second.verdict())
    }

    @Test
    fun `an app without activities is not held up longer than a person may take`() {
        front.pause().stop().destroy()
        val answer = begun { BiometricApprover(Activities(app), 5.seconds).approve(tacos) }
        idle(6_000)
        assertEquals(Verdict.TimedOut, answer.verdict())
        assertTrue(front.get() is Activity)
    }
}
