package farthing.android

import android.app.Application
import android.content.ComponentName
import android.content.Context
import android.os.Looper
import androidx.biometric.BiometricManager
import androidx.fragment.app.FragmentActivity
import androidx.test.core.app.ApplicationProvider
import java.time.Duration
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowBiometricManager

/**
 * Android 15 on this machine. All tests have this one configuration: the native library's callbacks belong to the process, and
 * another configuration is another world in the same process.
 */
@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
abstract class AndroidTest {
    protected val app: Application get() = ApplicationProvider.getApplicationContext()

    /** A phone with a finger on file. */
    protected fun enrolled(enrolled: Boolean = true) {
        val manager = app.getSystemService(Context.BIOMETRIC_SERVICE)
        val shadow = Shadow.extract<ShadowBiometricManager>(manager)
        shadow.setCanAuthenticate(enrolled)
        val both = BiometricManager.Authenticators.BIOMETRIC_STRONG or BiometricManager.Authenticators.DEVICE_CREDENTIAL
        shadow.setAuthenticatorType(if (enrolled) both else 0)
    }

    /** Lets pass what the main thread has to do, and as much time. */
    protected fun idle(ms: Long = 0) = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(ms))

    protected fun <T> begun(work: suspend () -> T): Deferred<T> =
        CoroutineScope(Dispatchers.Unconfined).async { work() }

    protected fun declare(vararg activities: Class<*>) = activities.forEach {
        shadowOf(app.packageManager).addActivityIfNotPresent(ComponentName(app, it))
    }
}

class FrontActivity : FragmentActivity()

class OtherActivity : FragmentActivity()
