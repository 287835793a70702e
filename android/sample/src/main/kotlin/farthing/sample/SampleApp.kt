package farthing.sample

import android.app.Application
import farthing.Opened
import farthing.Wallet
import farthing.android.Activities
import farthing.android.AndroidKeys
import farthing.android.Approver
import farthing.android.BiometricApprover
import farthing.android.WalletKeeper
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob

/** Holds what outlives the screens: the wallet, and the question that may be on one of them. */
open class SampleApp : Application() {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Main)

    lateinit var model: SampleModel
        private set

    override fun onCreate() {
        super.onCreate()
        model = SampleModel(opener(), approver(), scope, ::keep)
        model.open()
    }

    /** Where the wallet comes from. Tests have another one. */
    protected open fun opener(): suspend () -> Opened {
        val keys = AndroidKeys(this)
        return { keys.open() }
    }

    protected open fun approver(): Approver = BiometricApprover(Activities(this))

    protected open fun keep(wallet: Wallet) {
        WalletKeeper(wallet, scope)
    }
}
