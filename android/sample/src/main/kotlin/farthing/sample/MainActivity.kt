package farthing.sample

import android.content.Intent
import android.os.Bundle
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.fragment.app.FragmentActivity
import farthing.android.SecretScreen

class MainActivity : FragmentActivity() {
    private val model get() = (application as SampleApp).model

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        if (savedInstanceState == null) take(intent)
        setContent {
            val screen by model.screen.collectAsState()
            val error by model.error.collectAsState()
            val busy by model.busy.collectAsState()
            BackHandler(enabled = screen.hasWayBack()) { model.home() }
            // A touch here spends money: it must not come through another app's window.
            if (screen is Screen.Review) {
                DisposableEffect(Unit) {
                    val covered = SecretScreen.open(this@MainActivity)
                    onDispose { covered.close() }
                }
            }
            SampleTheme { SampleScreen(screen, error, busy, model) }
        }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        take(intent)
    }

    internal fun take(intent: Intent) {
        if (intent.action == Intent.ACTION_SEND) intent.getStringExtra(Intent.EXTRA_TEXT)?.let(model::shared)
    }
}

/** Whether the screen before is the beginning. */
internal fun Screen.hasWayBack(): Boolean = when (this) {
    is Screen.Pay, is Screen.Review, is Screen.Ended, is Screen.Ask, is Screen.Asked -> true
    is Screen.Opening, is Screen.Welcome, is Screen.Lost, is Screen.Closed, is Screen.Home -> false
}
