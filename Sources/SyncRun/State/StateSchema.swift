import Store

extension Migrations {
    /// What one flow, from one space to another, remembers between its runs.
    static let syncState = Migrations([
        Migration(
            1,
            "pair, records, runs, journal",
            [
                """
                CREATE TABLE pair (
                    id BIGINT PRIMARY KEY, source_installation {key} NOT NULL, source_space {key} NOT NULL,
                    destination_installation {key} NOT NULL, destination_space {key} NOT NULL)
                """,
                "CREATE TABLE records (lineage {key} PRIMARY KEY, body TEXT NOT NULL)",
                """
                CREATE TABLE runs (
                    id {key} PRIMARY KEY, number BIGINT NOT NULL, plan_id {key} NOT NULL, started_at {key} NOT NULL,
                    finished_at {key}, status {key} NOT NULL, plan TEXT NOT NULL, proposed TEXT NOT NULL)
                """,
                "CREATE INDEX runs_by_plan ON runs (plan_id, number)",
                """
                CREATE TABLE journal (
                    run {key} NOT NULL, sequence BIGINT NOT NULL, step {key} NOT NULL, hash_before {key} NOT NULL,
                    hash_after {key} NOT NULL, destination_id {key} NOT NULL, problem TEXT NOT NULL, at {key} NOT NULL,
                    PRIMARY KEY (run, sequence))
                """,
            ]
        ),
        Migration(
            2,
            "what operations found and left, for rollback",
            [
                """
                CREATE TABLE images (
                    run {key} NOT NULL, sequence BIGINT NOT NULL, kind {key} NOT NULL, id {key} NOT NULL,
                    before TEXT, after TEXT, PRIMARY KEY (run, sequence, kind, id))
                """,
                "ALTER TABLE runs ADD COLUMN previous TEXT",
            ]
        ),
        Migration(
            3,
            "what is known of secrets",
            [
                """
                CREATE TABLE secrets (
                    lineage {key} NOT NULL, path {key} NOT NULL, body TEXT NOT NULL, PRIMARY KEY (lineage, path))
                """
            ]
        ),
        Migration(
            4,
            "what servers are told of runs",
            [
                """
                CREATE TABLE reports (
                    run {key} NOT NULL, side {key} NOT NULL, body TEXT NOT NULL, is_told BIGINT NOT NULL,
                    PRIMARY KEY (run, side))
                """
            ]
        ),
        Migration(
            5,
            "operations instead of plans",
            [
                """
                CREATE TABLE operations (
                    run {key} NOT NULL, sequence BIGINT NOT NULL, summary TEXT NOT NULL, body TEXT,
                    PRIMARY KEY (run, sequence))
                """,
                // A plan that cannot be read tells nothing; its run stays in the list.
                """
                INSERT OR IGNORE INTO operations (run, sequence, summary, body)
                SELECT runs.id, json_extract(o.value, '$.seq'),
                    json_object(
                        'seq', json_extract(o.value, '$.seq'), 'phase', json_extract(o.value, '$.phase'),
                        'op', json_extract(o.value, '$.op'), 'key', json_extract(o.value, '$.key'),
                        'lineage', json_extract(o.value, '$.lineage'), 'dependsOn', json_array(),
                        'fields', json((SELECT json_group_array(json_object(
                            'path', json_extract(f.value, '$.path'), 'rule', json_extract(f.value, '$.rule')))
                            FROM json_each(o.value, '$.fields') AS f)),
                        'after', NULL, 'pre', json_object('srcHash', '', 'dstHash', ''),
                        'post', json_object('dstHash', ''), 'risk', json_extract(o.value, '$.risk')),
                    CASE WHEN journal.step = 'verified' THEN NULL ELSE o.value END
                FROM runs, json_each(CASE WHEN json_valid(runs.plan) THEN runs.plan ELSE '[]' END, '$.plan.operations')
                    AS o
                LEFT JOIN journal ON journal.run = runs.id AND journal.sequence = json_extract(o.value, '$.seq')
                WHERE json_extract(o.value, '$.seq') IS NOT NULL
                """,
                "ALTER TABLE runs DROP COLUMN plan",
            ]
        ),
    ])
}
