package farthing.android

import android.annotation.SuppressLint
import android.content.Context
import farthing.Action
import farthing.MoneyMoved
import farthing.Problem

/** What went wrong and what to do, in the phone's language: English, Korean or Spanish. */
public fun Problem.sentence(context: Context): String = context.text("error_$kind") ?: sentence

/** Whether money moved, in the phone's language. */
public fun MoneyMoved.sentence(context: Context): String = context.text("money_moved_${name.snake()}") ?: name

/** What a button says that does it, in the phone's language; null when there is nothing to do. */
public fun Action.label(context: Context): String? = if (this == Action.None) null else context.text("action_${name.snake()}")

/** By its name, since later versions of the library know errors that this one has no text for. `keep.xml` keeps them all. */
@SuppressLint("DiscouragedApi")
private fun Context.text(name: String): String? =
    resources.getIdentifier("farthing_$name", "string", packageName).takeIf { it != 0 }?.let(::getString)

private fun String.snake(): String = replace(Regex("(?<=.)[A-Z]")) { "_${it.value}" }.lowercase()
