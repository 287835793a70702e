package farthing.sample

import android.graphics.BitmapFactory
import androidx.compose.foundation.Canvas
import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.FilterQuality
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import farthing.Farthing

/** How something ended. Each has a shape of its own: colours alone are not seen by everybody. */
enum class Sign { Done, Refused, Open }

@Composable
fun Result(sign: Sign, title: String, sentence: String) {
    val (ground, ink) = when (sign) {
        Sign.Done -> MaterialTheme.colorScheme.primary to MaterialTheme.colorScheme.onPrimary
        Sign.Refused -> MaterialTheme.colorScheme.error to MaterialTheme.colorScheme.onError
        Sign.Open -> MaterialTheme.colorScheme.tertiaryContainer to MaterialTheme.colorScheme.onTertiaryContainer
    }
    Column(Modifier.fillMaxWidth().padding(top = 24.dp), horizontalAlignment = Alignment.CenterHorizontally) {
        Canvas(Modifier.size(88.dp)) {
            drawCircle(ground)
            when (sign) {
                Sign.Done -> strokes(ink, .28f to .52f, .44f to .68f, .73f to .36f)
                Sign.Refused -> {
                    strokes(ink, .34f to .34f, .66f to .66f)
                    strokes(ink, .66f to .34f, .34f to .66f)
                }
                Sign.Open -> for (at in listOf(.3f, .5f, .7f)) drawCircle(ink, size.width * .055f, Offset(size.width * at, size.height / 2))
            }
        }
        Text(title, Modifier.padding(top = 20.dp), style = MaterialTheme.typography.headlineMedium)
        Text(sentence, Modifier.padding(top = 8.dp), textAlign = TextAlign.Center)
    }
}

private fun DrawScope.strokes(ink: Color, vararg points: Pair<Float, Float>) {
    points.toList().zipWithNext { (x1, y1), (x2, y2) ->
        drawLine(
            ink, Offset(size.width * x1, size.height * y1), Offset(size.width * x2, size.height * y2),
            strokeWidth = size.width * .08f, cap = StrokeCap.Round,
        )
    }
}

@Composable
fun BackArrow() {
    val ink = LocalContentColor.current
    Canvas(Modifier.size(24.dp).semantics { contentDescription = "Back" }) {
        strokes(ink, .82f to .5f, .2f to .5f)
        strokes(ink, .46f to .24f, .2f to .5f, .46f to .76f)
    }
}

/** A link as a code. Black on white also at night: many scanners read nothing else. */
@Composable
fun QrCode(text: String, modifier: Modifier = Modifier) {
    val picture = remember(text) {
        val png = Farthing.drawQr(text, scale = 8).png
        BitmapFactory.decodeByteArray(png, 0, png.size).asImageBitmap()
    }
    Image(picture, "The request as a QR code", modifier.background(Color.White), filterQuality = FilterQuality.None)
}
