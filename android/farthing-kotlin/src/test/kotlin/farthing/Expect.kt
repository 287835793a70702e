package farthing

/** The exception that a call must end with. */
internal inline fun <reified E : FarthingException> failure(call: () -> Unit): E {
    try {
        call()
    } catch (failure: FarthingException) {
        check(failure is E) { "${E::class.simpleName} was expected, not ${failure::class.simpleName}: ${failure.problem}" }
        return failure
    }
    error("${E::class.simpleName} was expected, and nothing was thrown")
}
