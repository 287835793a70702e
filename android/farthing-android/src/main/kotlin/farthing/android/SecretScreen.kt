package farthing.android

import android.app.Activity
import android.os.Build
import android.view.KeyboardShortcutGroup
import android.view.Menu
import android.view.MotionEvent
import android.view.Window
import android.view.WindowManager.LayoutParams.FLAG_SECURE
import java.util.WeakHashMap

/**
 * For screens that show secrets, and for those where a touch spends money.
 *
 * While it is open the screen is in no screenshot, recording, cast or list of recent apps, and a touch that comes through another
 * app's window is dropped: what lies above may show something else than what is touched.
 */
public class SecretScreen private constructor(private val window: Window) : AutoCloseable {
    private var open = true

    /** Ends it, unless another one holds the same window. The main thread's. */
    override fun close() {
        if (!open) return
        open = false
        val left = (holders[window] ?: 1) - 1
        if (left > 0) {
            holders[window] = left
            return
        }
        holders.remove(window)
        window.clearFlags(FLAG_SECURE)
        window.decorView.filterTouchesWhenObscured = false
        (window.callback as? ClearTouches)?.let { window.callback = it.inner }
    }

    public companion object {
        /** How many hold a window: the screen that shows the phrase may lie above the one that asked for it. */
        private val holders = WeakHashMap<Window, Int>()

        /** Begins. The main thread's; an activity that is made anew begins anew. */
        public fun open(activity: Activity): SecretScreen {
            val window = activity.window
            val held = holders[window] ?: 0
            holders[window] = held + 1
            if (held == 0) {
                window.addFlags(FLAG_SECURE)
                // Views drop what comes through a window that covers the finger; one that lies beside it they let through.
                window.decorView.filterTouchesWhenObscured = true
                window.callback = ClearTouches(window.callback)
            }
            return SecretScreen(window)
        }
    }
}

/** Whether another app's window lies over this one, at the finger or anywhere. The second is told from Android 10 on. */
public val MotionEvent.isObscured: Boolean
    get() {
        val partially = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) MotionEvent.FLAG_WINDOW_IS_PARTIALLY_OBSCURED else 0
        return flags and (MotionEvent.FLAG_WINDOW_IS_OBSCURED or partially) != 0
    }

/** Lets touches through that nothing covers. One that is covered on its way is cancelled, and not heard of again. */
internal class ClearTouches(val inner: Window.Callback) : Window.Callback by inner {
    private var dropping = false

    override fun dispatchTouchEvent(event: MotionEvent): Boolean {
        val begins = event.actionMasked == MotionEvent.ACTION_DOWN
        if (begins) dropping = false
        if (dropping) return true
        if (!event.isObscured) return inner.dispatchTouchEvent(event)
        dropping = true
        if (!begins) {
            val cancelled = MotionEvent.obtain(event).apply { action = MotionEvent.ACTION_CANCEL }
            inner.dispatchTouchEvent(cancelled)
            cancelled.recycle()
        }
        return true
    }

    // Delegation leaves out what has a body in Java.
    override fun onProvideKeyboardShortcuts(data: MutableList<KeyboardShortcutGroup>?, menu: Menu?, deviceId: Int) =
        inner.onProvideKeyboardShortcuts(data, menu, deviceId)

    override fun onPointerCaptureChanged(hasCapture: Boolean) = inner.onPointerCaptureChanged(hasCapture)
}
