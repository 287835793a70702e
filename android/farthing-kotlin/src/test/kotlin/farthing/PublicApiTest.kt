package farthing

import java.lang.reflect.Executable
import java.lang.reflect.Field
import java.lang.reflect.GenericArrayType
import java.lang.reflect.Member
import java.lang.reflect.Modifier
import java.lang.reflect.ParameterizedType
import java.lang.reflect.Type
import java.lang.reflect.TypeVariable
import java.lang.reflect.WildcardType
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.name
import kotlin.metadata.Visibility
import kotlin.metadata.jvm.KotlinClassMetadata
import kotlin.metadata.visibility
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What the compiled classes let an app see. */
class PublicApiTest {
    private val root = Path.of(Farthing::class.java.protectionDomain.codeSource.location.toURI())

    private val classes: List<Class<*>> = Files.walk(root).use { files ->
        files.filter { it.name.endsWith(".class") }
            .map { root.relativize(it).toString().removeSuffix(".class").replace('/', '.') }
            .map { Class.forName(it, false, javaClass.classLoader) }
            .toList()
    }

    @Test
    fun `no signature names what is generated`() {
        val open = classes.filter { it.packageName == "farthing" }
        assertTrue(open.size > 40, "only ${open.size} classes were found")
        val named = open.flatMap { of ->
            val seen = of.declaredFields.toList<Member>() + of.declaredMethods + of.declaredConstructors
            val types = seen.filter { it.isSeen() }.flatMap { member -> member.types().map { "$of, ${member.name}" to it } }
            types + (listOfNotNull(of.genericSuperclass) + of.genericInterfaces).map { "$of" to it }
        }
        val leaks = named.filter { (_, type) -> type.names().any { it.startsWith("farthing.generated") } }
        assertEquals(emptyList<Any>(), leaks)
    }

    @Test
    fun `what is in the internal package is internal`() {
        val inside = classes.filter { it.packageName == "farthing.internal" }
        assertTrue(inside.isNotEmpty())
        val seen = inside.mapNotNull { of ->
            val metadata = of.getAnnotation(Metadata::class.java) ?: return@mapNotNull null
            when (val read = KotlinClassMetadata.readStrict(metadata)) {
                is KotlinClassMetadata.Class -> of.name.takeIf { read.kmClass.visibility == Visibility.PUBLIC && !of.isNested() }
                is KotlinClassMetadata.FileFacade -> {
                    val open = read.kmPackage.functions.filter { it.visibility == Visibility.PUBLIC }.map { it.name } +
                        read.kmPackage.properties.filter { it.visibility == Visibility.PUBLIC }.map { it.name }
                    of.name.takeIf { open.isNotEmpty() }?.plus(" $open")
                }
                else -> null
            }
        }
        assertEquals(emptyList<String>(), seen)
    }

    /** Within a class that is itself internal or private. */
    private fun Class<*>.isNested() = enclosingClass != null

    private fun Member.isSeen() = Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers)

    private fun Member.types(): List<Type> = when (this) {
        is Field -> listOf(genericType)
        is Executable -> genericParameterTypes.toList() + genericExceptionTypes + parameterTypes +
            if (this is java.lang.reflect.Method) listOf(genericReturnType, returnType) else emptyList()
        else -> emptyList()
    }

    private fun Type.names(): List<String> = when (this) {
        is Class<*> -> listOf((componentType ?: this).name)
        is ParameterizedType -> rawType.names() + actualTypeArguments.flatMap { it.names() }
        is GenericArrayType -> genericComponentType.names()
        is WildcardType -> (upperBounds + lowerBounds).flatMap { it.names() }
        is TypeVariable<*> -> bounds.filterIsInstance<Class<*>>().map { it.name }
        else -> error("a type of another kind: $this")
    }
}
