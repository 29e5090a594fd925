import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Prints what the classes of one Kafka release say about it, as JSON: metadata versions and what each of them switches on,
 * features, API version ranges, error codes, and the settings of brokers, topics and clients.
 *
 *     java -cp 'kafka-4.1.2/libs/*' Facts.java 4.1.2 > extracted/4.1.2.json
 *
 * Everything is read by reflection, so that one program serves every release from 2.4 on: classes move and fields come and go,
 * and what a release does not have is left out of its JSON. `cargo xtask facts` turns a folder of these files into data files.
 */
public class Facts {
    public static void main(String[] args) throws Exception {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("version", args[0]);
        metadataVersions(out);
        out.put("features", features());
        out.put("apis", apis());
        out.put("errors", errors());
        settings(out, "broker", "kafka.server.KafkaConfig$", "org.apache.kafka.server.config.AbstractKafkaConfig");
        settings(out, "producer", "org.apache.kafka.clients.producer.ProducerConfig");
        settings(out, "consumer", "org.apache.kafka.clients.consumer.ConsumerConfig");
        settings(out, "topic", "org.apache.kafka.storage.internals.log.LogConfig", "kafka.log.LogConfig$");
        settings(out, "admin", "org.apache.kafka.clients.admin.AdminClientConfig");
        out.put("broker_update_modes", new TreeMap<>((Map<?, ?>) call(dynamicBrokerConfig(), "dynamicConfigUpdateModes")));
        dynamicOnly(out);
        out.put("topic_synonyms", topicSynonyms());
        StringBuilder text = new StringBuilder();
        json(text, out, 0);
        System.out.println(text);
    }

    /** `MetadataVersion` since 3.3, before that `kafka.api.ApiVersion`, which has names only. */
    static void metadataVersions(Map<String, Object> out) throws Exception {
        List<Object> list = new ArrayList<>();
        Class<?> type = find("org.apache.kafka.server.common.MetadataVersion");
        if (type == null) {
            Object module = Class.forName("kafka.api.ApiVersion$").getField("MODULE$").get(null);
            for (Object v : scala(call(module, "allVersions"))) list.add(map("name", call(v, "version")));
            out.put("metadata_versions", list);
            return;
        }
        for (String f : new String[] {"LATEST_PRODUCTION", "MINIMUM_VERSION", "MINIMUM_BOOTSTRAP_VERSION", "MINIMUM_KRAFT_VERSION"}) {
            try {
                out.put(f.toLowerCase(), type.getField(f).get(null).toString());
            } catch (NoSuchFieldException absent) {
                // not in this release
            }
        }
        try {
            out.put("latest", type.getMethod("latest").invoke(null).toString());
        } catch (NoSuchMethodException absent) {
            // 3.7 and later tell latest production from latest testing
        }
        List<Method> gates = new ArrayList<>();
        for (Method m : type.getMethods()) {
            boolean ours = m.getDeclaringClass() == type && m.getParameterCount() == 0 && !Modifier.isStatic(m.getModifiers());
            boolean plain = m.getReturnType() == boolean.class || m.getReturnType() == short.class;
            if (ours && plain && !m.getName().equals("featureLevel")) gates.add(m);
        }
        gates.sort(Comparator.comparing(Method::getName));
        for (Object v : type.getEnumConstants()) {
            Map<String, Object> row = map("name", call(v, "version"), "level", call(v, "featureLevel"));
            for (Method m : gates) {
                try {
                    row.put(m.getName(), m.invoke(v));
                } catch (ReflectiveOperationException refused) {
                    // some record versions throw below the level that has the record
                }
            }
            list.add(row);
        }
        out.put("metadata_versions", list);
    }

    static List<Object> features() {
        List<Object> list = new ArrayList<>();
        Class<?> type = find("org.apache.kafka.server.common.Feature", "org.apache.kafka.server.common.Features");
        if (type == null || !type.isEnum()) return list;
        for (Object f : type.getEnumConstants()) {
            List<Object> levels = new ArrayList<>();
            Object[] versions = (Object[]) call(f, "featureVersions");
            if (versions != null) {
                for (Object v : versions) {
                    levels.add(map("level", call(v, "featureLevel"), "bootstrap", String.valueOf(call(v, "bootstrapMetadataVersion")),
                        "needs", String.valueOf(call(v, "dependencies"))));
                }
            }
            list.add(map("name", call(f, "featureName"), "latest_production", call(f, "latestProduction"),
                "latest_testing", call(f, "latestTesting"), "levels", levels));
        }
        return list;
    }

    static List<Object> apis() throws Exception {
        List<Object> list = new ArrayList<>();
        for (Object k : Class.forName("org.apache.kafka.common.protocol.ApiKeys").getEnumConstants()) {
            Object listeners = null, stable = null;
            try {
                listeners = call(k.getClass().getField("messageType").get(k), "listeners");
            } catch (ReflectiveOperationException absent) {
                // since 2.8
            }
            try {
                stable = k.getClass().getMethod("latestVersion", boolean.class).invoke(k, false);
            } catch (ReflectiveOperationException absent) {
                // since 3.5
            }
            list.add(map("name", k.getClass().getField("name").get(k), "id", k.getClass().getField("id").get(k),
                "oldest", call(k, "oldestVersion"), "latest", call(k, "latestVersion"), "latest_stable", stable,
                "listeners", String.valueOf(listeners)));
        }
        return list;
    }

    static List<Object> errors() throws Exception {
        List<Object> list = new ArrayList<>();
        for (Object e : Class.forName("org.apache.kafka.common.protocol.Errors").getEnumConstants()) {
            boolean retriable = call(e, "exception") instanceof org.apache.kafka.common.errors.RetriableException;
            list.add(map("name", ((Enum<?>) e).name(), "code", call(e, "code"), "message", call(e, "message"), "retriable", retriable));
        }
        return list;
    }

    /** Defaults (`…_settings`), and of each setting its type, what values it takes, and whether it is internal (`…_definitions`). */
    static void settings(Map<String, Object> out, String kind, String... classes) throws Exception {
        Object def = null;
        for (String name : classes) {
            Class<?> type = find(name);
            if (type == null) continue;
            Object module = name.endsWith("$") ? type.getField("MODULE$").get(null) : null;
            for (String m : new String[] {"configDef", "configDefCopy"}) {
                if (def == null) def = callOn(type, module, m);
            }
            for (String f : new String[] {"CONFIG_DEF", "CONFIG", "configDef", name.replace('.', '$') + "$configDef"}) {
                if (def != null) break;
                try {
                    Field field = type.getDeclaredField(f);
                    field.setAccessible(true);
                    def = field.get(module);
                } catch (NoSuchFieldException absent) {
                    // another name in this release
                }
            }
            if (def != null) break;
        }
        if (def != null) describe(out, kind, def, List.of());
    }

    /** Broker settings that no configuration file may have: they can only be set while the broker runs (throttles of replication). */
    static void dynamicOnly(Map<String, Object> out) throws Exception {
        Class<?> type = find("kafka.server.DynamicConfig$Broker$", "org.apache.kafka.server.config.DynamicConfig$Broker");
        for (Field field : type.getDeclaredFields()) {
            if (!field.getType().getName().endsWith(".ConfigDef")) continue;
            field.setAccessible(true);
            Object def = field.get(type.getName().endsWith("$") ? type.getField("MODULE$").get(null) : null);
            describe(out, "broker_dynamic_only", def, ((Map<?, ?>) out.get("broker_settings")).keySet());
        }
    }

    static void describe(Map<String, Object> out, String kind, Object def, java.util.Collection<?> except) throws Exception {
        Map<String, Object> defaults = new LinkedHashMap<>(), definitions = new LinkedHashMap<>();
        for (Object k : new TreeMap<>((Map<?, ?>) call(def, "configKeys")).values()) {
            String name = (String) k.getClass().getField("name").get(k);
            if (except.contains(name)) continue;
            Object value = k.getClass().getField("defaultValue").get(k), validator = k.getClass().getField("validator").get(k);
            boolean required = String.valueOf(value).startsWith("java.lang.Object@");
            defaults.put(name, required ? "(required)" : value instanceof Class ? ((Class<?>) value).getName() : value instanceof List ? value.toString() : value);
            String takes = validator == null ? null : validator.toString();
            if (takes != null && takes.matches("(?s).*(@[0-9a-f]+|\\$\\$Lambda).*")) takes = null;
            boolean internal = k.getClass().getField("internalConfig").getBoolean(k);
            definitions.put(name, map("type", k.getClass().getField("type").get(k).toString(), "takes", takes, "internal", internal));
        }
        out.put(kind + "_settings", defaults);
        out.put(kind + "_definitions", definitions);
    }

    /** Which broker settings a topic setting falls back to, the first one first, and the factor from the broker's unit to the topic's. */
    static Map<String, Object> topicSynonyms() throws Exception {
        Map<String, Object> out = new TreeMap<>();
        Class<?> type = find("org.apache.kafka.server.config.ServerTopicConfigSynonyms");
        Object all = type != null ? type.getField("ALL_TOPIC_CONFIG_SYNONYMS").get(null) : null;
        Class<?> log = find("kafka.log.LogConfig$");
        Object module = type == null ? log.getField("MODULE$").get(null) : null;
        if (type == null) all = call(module, "AllTopicConfigSynonyms");
        if (all instanceof Map) {
            for (Map.Entry<?, ?> e : ((Map<?, ?>) all).entrySet()) {
                List<Object> list = new ArrayList<>();
                for (Object s : (List<?>) e.getValue()) {
                    @SuppressWarnings("unchecked")
                    var converter = (java.util.function.Function<String, String>) call(s, "converter");
                    list.add(map("broker", call(s, "name"), "factor", factor(converter)));
                }
                out.put((String) e.getKey(), list);
            }
            return out;
        }
        for (Object pair : scala(call(module, "TopicConfigSynonyms"))) {
            List<Object> list = new ArrayList<>();
            Object dynamic = dynamicBrokerConfig();
            Object names = dynamic.getClass().getMethod("brokerConfigSynonyms", String.class, boolean.class).invoke(dynamic, call(pair, "_2"), false);
            for (Object name : scala(names)) {
                long factor = name.toString().endsWith(".hours") ? 3_600_000 : name.toString().endsWith(".minutes") ? 60_000 : 1;
                list.add(map("broker", name, "factor", factor));
            }
            out.put((String) call(pair, "_1"), list);
        }
        return out;
    }

    static long factor(java.util.function.Function<String, String> converter) {
        try {
            return Long.parseLong(converter.apply("1"));
        } catch (NumberFormatException text) {
            return 1;
        }
    }

    static Object dynamicBrokerConfig() throws Exception {
        Class<?> type = find("org.apache.kafka.server.config.DynamicBrokerConfig");
        return type != null ? type : Class.forName("kafka.server.DynamicBrokerConfig$").getField("MODULE$").get(null);
    }

    // ------------------------------------------------------------------------------------------------------ reflection

    static Class<?> find(String... names) {
        for (String name : names) {
            try {
                return Class.forName(name);
            } catch (ClassNotFoundException absent) {
                // try the next one
            }
        }
        return null;
    }

    /** A method without parameters; on a `Class`, a static one. `null` where there is none. */
    static Object call(Object target, String method) {
        if (target == null) return null;
        return target instanceof Class ? callOn((Class<?>) target, null, method) : callOn(target.getClass(), target, method);
    }

    static Object callOn(Class<?> type, Object target, String method) {
        for (Class<?> c = type; c != null; c = c.getSuperclass()) {
            try {
                Method m = c.getDeclaredMethod(method);
                if (target == null && !Modifier.isStatic(m.getModifiers())) return null;
                m.setAccessible(true);
                return m.invoke(target);
            } catch (NoSuchMethodException up) {
                // look at the superclass
            } catch (ReflectiveOperationException | RuntimeException refused) {
                break;
            }
        }
        try {
            return type.getMethod(method).invoke(target);
        } catch (ReflectiveOperationException | RuntimeException absent) {
            return null;
        }
    }

    static List<Object> scala(Object iterable) throws Exception {
        List<Object> out = new ArrayList<>();
        Object it = Class.forName("scala.collection.IterableOnce").getMethod("iterator").invoke(iterable);
        Class<?> iterator = Class.forName("scala.collection.Iterator");
        Method hasNext = iterator.getMethod("hasNext"), next = iterator.getMethod("next");
        while ((boolean) hasNext.invoke(it)) out.add(next.invoke(it));
        return out;
    }

    // ------------------------------------------------------------------------------------------------------------ JSON

    static Map<String, Object> map(Object... pairs) {
        Map<String, Object> m = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) m.put((String) pairs[i], pairs[i + 1]);
        return m;
    }

    /** Two levels are broken into lines; what is deeper stays on one. */
    static void json(StringBuilder s, Object o, int depth) {
        String open = depth < 2 ? "\n" + " ".repeat(depth + 1) : "", close = depth < 2 ? "\n" + " ".repeat(depth) : "";
        if (o == null || o instanceof Number || o instanceof Boolean) {
            s.append(o);
        } else if (o instanceof Map) {
            String sep = "";
            s.append('{');
            for (Map.Entry<?, ?> e : ((Map<?, ?>) o).entrySet()) {
                s.append(sep).append(open);
                json(s, e.getKey(), 9);
                s.append(": ");
                json(s, e.getValue(), depth + 1);
                sep = depth < 2 ? "," : ", ";
            }
            s.append(close).append('}');
        } else if (o instanceof List) {
            String sep = "";
            s.append('[');
            for (Object x : (List<?>) o) {
                s.append(sep).append(open);
                json(s, x, depth + 1);
                sep = depth < 2 ? "," : ", ";
            }
            s.append(close).append(']');
        } else {
            s.append('"');
            for (char c : o.toString().toCharArray()) {
                if (c == '"' || c == '\\') s.append('\\').append(c);
                else if (c < ' ') s.append(String.format("\\u%04x", (int) c));
                else s.append(c);
            }
            s.append('"');
        }
    }
}
