package farthing.android

import android.app.Activity
import android.app.Application
import android.os.Bundle
import androidx.fragment.app.FragmentActivity
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import java.lang.ref.WeakReference

/**
 * Which of the app's activities is in front: the only one that a prompt can be shown over. Make it in `Application.onCreate`, or
 * it does not see the first one.
 *
 * An activity that is stopped is none: asking over it is silently ignored by the system, and the question would never be answered.
 */
public class Activities(application: Application) {
    private val resumed = MutableStateFlow<WeakReference<FragmentActivity>?>(null)

    /** Changes with each activity that comes to the front; null while there is none. */
    internal val front: StateFlow<WeakReference<FragmentActivity>?> get() = resumed

    /** Called with each activity that is made: a prompt that outlived the one before hears its answers through it. */
    internal var onMade: (FragmentActivity) -> Unit = {}

    init {
        application.registerActivityLifecycleCallbacks(object : Application.ActivityLifecycleCallbacks {
            override fun onActivityCreated(activity: Activity, saved: Bundle?) {
                if (activity is FragmentActivity) onMade(activity)
            }

            override fun onActivityResumed(activity: Activity) {
                if (activity is FragmentActivity) resumed.value = WeakReference(activity)
            }

            override fun onActivityPaused(activity: Activity) {
                if (resumed.value?.get() === activity) resumed.value = null
            }

            override fun onActivityStarted(activity: Activity) = Unit

            override fun onActivityStopped(activity: Activity) = Unit

            override fun onActivitySaveInstanceState(activity: Activity, out: Bundle) = Unit

            override fun onActivityDestroyed(activity: Activity) = Unit
        })
    }
}
