package farthing.sample

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.Color

private val light = lightColorScheme(
    primary = Color(0xFF1B5E46),
    onPrimary = Color.White,
    primaryContainer = Color(0xFFCDEBDD),
    onPrimaryContainer = Color(0xFF06281B),
    secondaryContainer = Color(0xFFE1ECE6),
    onSecondaryContainer = Color(0xFF14241C),
    tertiaryContainer = Color(0xFFFFE7B8),
    onTertiaryContainer = Color(0xFF3D2C00),
    background = Color(0xFFF8FAF8),
    surface = Color(0xFFF8FAF8),
    surfaceContainer = Color(0xFFEDF1EE),
    surfaceContainerHighest = Color(0xFFE5EAE6),
)

private val dark = darkColorScheme(
    primary = Color(0xFF8FD8B8),
    onPrimary = Color(0xFF00382A),
    primaryContainer = Color(0xFF14503B),
    onPrimaryContainer = Color(0xFFCDEBDD),
    secondaryContainer = Color(0xFF33443B),
    onSecondaryContainer = Color(0xFFDCE9E1),
    tertiaryContainer = Color(0xFF5A4300),
    onTertiaryContainer = Color(0xFFFFE7B8),
    background = Color(0xFF101412),
    surface = Color(0xFF101412),
    surfaceContainer = Color(0xFF1C211E),
    surfaceContainerHighest = Color(0xFF2A302C),
)

@Composable
fun SampleTheme(content: @Composable () -> Unit) {
    MaterialTheme(colorScheme = if (isSystemInDarkTheme()) dark else light, content = content)
}
