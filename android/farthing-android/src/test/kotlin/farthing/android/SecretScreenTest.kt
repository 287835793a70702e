package farthing.android

import android.os.SystemClock
import android.view.MotionEvent
import android.view.View
import android.view.WindowManager.LayoutParams.FLAG_SECURE
import android.widget.FrameLayout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.Robolectric

class SecretScreenTest : AndroidTest() {
    private val activity by lazy {
        declare(FrontActivity::class.java)
        Robolectric.buildActivity(FrontActivity::class.java).setup().get()
    }
    private val seen = mutableListOf<Int>()

    private val secure get() = activity.window.attributes.flags and FLAG_SECURE != 0

    private fun touch(action: Int, flags: Int = 0): MotionEvent {
        val now = SystemClock.uptimeMillis()
        val properties = arrayOf(MotionEvent.PointerProperties().apply { id = 0 })
        val place = arrayOf(MotionEvent.PointerCoords().apply { x = 20f; y = 20f })
        val event = MotionEvent.obtain(now, now, action, 1, properties, place, 0, 0, 1f, 1f, 0, 0, 0, flags)
        activity.window.callback.dispatchTouchEvent(event)
        return event
    }

    private fun listen() {
        val view = View(activity).apply {
            setOnTouchListener { _, event -> seen.add(event.actionMasked) }
        }
        activity.setContentView(view, FrameLayout.LayoutParams(-1, -1))
        idle(100)
    }

    @Test
    fun `it is in no screenshot while one of them is open`() {
        assertFalse(secure)
        val first = SecretScreen.open(activity)
        val second = SecretScreen.open(activity)
        assertTrue(secure)
        assertTrue(activity.window.decorView.filterTouchesWhenObscured)
        first.close()
        first.close()
        assertTrue(secure)
        second.close()
        assertFalse(secure)
        assertFalse(activity.window.decorView.filterTouchesWhenObscured)
        assertFalse(activity.window.callback is ClearTouches)
    }

    @Test
    fun `a touch through another app's window is dropped, from its beginning to its end`() {
        listen()
        SecretScreen.open(activity).use {
            touch(MotionEvent.ACTION_DOWN)
            touch(MotionEvent.ACTION_UP)
            assertEquals(listOf(MotionEvent.ACTION_DOWN, MotionEvent.ACTION_UP), seen)
            seen.clear()
            for (flag in listOf(MotionEvent.FLAG_WINDOW_IS_OBSCURED, MotionEvent.FLAG_WINDOW_IS_PARTIALLY_OBSCURED)) {
                touch(MotionEvent.ACTION_DOWN, flag)
                touch(MotionEvent.ACTION_UP)
            }
            assertEquals(emptyList<Int>(), seen)
        }
    }

    @Test
    fun `a touch that is covered on its way is cancelled`() {
        listen()
        SecretScreen.open(activity).use {
            touch(MotionEvent.ACTION_DOWN)
            touch(MotionEvent.ACTION_UP, MotionEvent.FLAG_WINDOW_IS_PARTIALLY_OBSCURED)
            touch(MotionEvent.ACTION_UP)
            assertEquals(listOf(MotionEvent.ACTION_DOWN, MotionEvent.ACTION_CANCEL), seen)
            seen.clear()
            touch(MotionEvent.ACTION_DOWN)
            assertEquals(listOf(MotionEvent.ACTION_DOWN), seen)
        }
    }

    @Test
    fun `a finger that another app covers is told`() {
        assertFalse(touch(MotionEvent.ACTION_DOWN).isObscured)
        assertTrue(touch(MotionEvent.ACTION_DOWN, MotionEvent.FLAG_WINDOW_IS_OBSCURED).isObscured)
        assertTrue(touch(MotionEvent.ACTION_DOWN, MotionEvent.FLAG_WINDOW_IS_PARTIALLY_OBSCURED).isObscured)
    }
}
