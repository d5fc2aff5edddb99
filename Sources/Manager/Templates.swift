import Mustache

/// The pages, in Mustache: what is inserted is escaped. They work without scripts; the one script follows logs.
enum Templates {
    static let library: MustacheLibrary = {
        var library = MustacheLibrary()
        for (name, text) in all { library.register(try! MustacheTemplate(string: text), named: name) }
        return library
    }()

    private static let all = [
        "page": page, "index": index, "instance": instance, "action": action, "job": job, "log": log, "new": new,
        "setup": setup, "review": review, "message": message, "key": key,
    ]

    private static let page = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}} · Skerry manager</title><link rel="stylesheet" href="/manager.css">
        {{#refresh}}<meta http-equiv="refresh" content="1">{{/refresh}}
        {{#follows}}<script src="/manager.js" defer></script>{{/follows}}
        </head><body><a class="skip" href="#main">Skip to the content</a>
        <header><a class="brand" href="/">Skerry manager</a>
        <form method="get" action="/go"><label for="selector">Instance</label>
        <select id="selector" name="place">{{#choices}}<option value="{{place}}"{{#isChosen}} selected{{/isChosen}}>{{label}}</option>{{/choices}}
        <option value="/new">New instance…</option></select><button>Show</button></form></header>
        <main id="main"><h1>{{title}}</h1>{{#error}}<p class="error" role="alert">{{error}}</p>{{/error}}
        {{{content}}}</main></body></html>
        """

    private static let index = """
        {{#problems}}<p class="error" role="alert">{{.}}</p>{{/problems}}
        {{#isEmpty}}<p>No instance exists on this machine yet.</p>{{/isEmpty}}
        {{^isEmpty}}<table><caption>Instances of this machine</caption><thead><tr><th scope="col">Name</th>
        <th scope="col">Kind</th><th scope="col">State</th><th scope="col">Version</th><th scope="col">Address</th>
        <th scope="col">Account</th><th scope="col">Backup</th></tr></thead><tbody>
        {{#instances}}<tr><th scope="row"><a href="{{place}}">{{name}}</a>{{#isDefault}} <small>default</small>{{/isDefault}}</th>
        <td>{{kind}}</td><td><span class="state {{state}}">{{state}}</span></td><td>{{version}}</td><td>{{addresses}}</td>
        <td>{{account}}</td><td>{{#backupProblem}}<span class="warning">{{backupProblem}}</span>{{/backupProblem}}{{^backupProblem}}{{backup}}{{/backupProblem}}</td></tr>{{/instances}}
        </tbody></table>{{/isEmpty}}
        <p><a class="button" href="/new?kind=server">New server</a> <a class="button" href="/new?kind=agent">New agent</a></p>
        """

    private static let instance = """
        {{#problem}}<p class="error" role="alert">{{problem}}</p>{{/problem}}
        {{#backupProblem}}<p class="warning">No recent backup: {{backupProblem}}.</p>{{/backupProblem}}
        <dl><dt>State</dt><dd><span class="state {{state}}">{{state}}</span></dd><dt>Version</dt><dd>{{version}}</dd>
        <dt>Address</dt><dd>{{#links}}<a href="{{.}}" rel="noreferrer">{{.}}</a> {{/links}}{{#texts}}{{.}} {{/texts}}</dd>
        <dt>Service</dt><dd>{{service}}</dd><dt>Account</dt><dd>{{account}}</dd><dt>Home</dt><dd>{{home}}</dd>
        <dt>Configuration</dt><dd>{{configuration}}</dd></dl>
        <nav aria-label="What to do">{{#actions}}<a class="button {{name}}" href="{{place}}">{{title}}</a> {{/actions}}</nav>
        """

    private static let script = """
        <h2>Script</h2><p>This is what runs, to the letter. Saved as a file it does the same without this page; the name stands
        in one place.</p><pre class="script" tabindex="0" aria-label="Script">{{script}}</pre>
        """

    private static let action = """
        <form method="post"><input type="hidden" name="form" value="{{form}}">
        {{#isBackup}}<label for="directory">Directory for the backup</label><input id="directory" name="directory" value="{{directory}}" required>
        <label for="passphrase">Passphrase for the master key in it</label>
        <input id="passphrase" name="passphrase" type="password" autocomplete="new-password">{{/isBackup}}
        {{#isDelete}}<fieldset><legend>What goes</legend>
        <label><input type="radio" name="level" value="keep"{{^purges}} checked{{/purges}}> The registration and the service; data, key and logs stay</label>
        <label><input type="radio" name="level" value="purge"{{#purges}} checked{{/purges}}> Everything, for ever</label></fieldset>
        <label for="again">Type the name, {{name}}, to confirm</label><input id="again" name="again" autocomplete="off">{{/isDelete}}
        <p><button name="do" value="run">{{verb}}</button> {{#hasOptions}}<button name="do" value="show" class="quiet">Show script</button> {{/hasOptions}}
        <a href="{{back}}">Cancel</a></p></form>
        """ + script

    private static let job = """
        <p role="status">{{stateText}}</p>
        {{#steps}}<section class="step"><h2>{{number}}. <code>{{line}}</code></h2>
        <p>{{outcome}}</p>{{#output}}<pre tabindex="0" aria-label="Output">{{output}}</pre>{{/output}}</section>{{/steps}}
        {{#isOver}}<p><a class="button" href="{{back}}">Go on</a>{{#key}} <a class="button" href="{{key}}">Save the master key</a>{{/key}}</p>{{/isOver}}
        """ + script

    private static let log = """
        {{#isMissing}}<p>There is no log file yet. Under systemd: <code>journalctl -f -u {{unit}}</code></p>{{/isMissing}}
        {{^isMissing}}<p>{{path}}</p><pre id="log" class="log" tabindex="0" aria-label="Log" data-stream="{{stream}}">{{text}}</pre>
        <p id="following" hidden>New lines appear as they are written.</p>{{/isMissing}}
        <p><a href="{{place}}">Read again</a> · <a href="{{back}}">Back</a></p>
        """

    private static let new = """
        <form method="post"><input type="hidden" name="form" value="{{form}}">
        <fieldset><legend>Kind</legend>
        <label><input type="radio" name="kind" value="server"{{#isServer}} checked{{/isServer}}> Server</label>
        <label><input type="radio" name="kind" value="agent"{{^isServer}} checked{{/isServer}}> Agent</label></fieldset>
        <label for="name">Name</label><input id="name" name="name" value="{{name}}" required maxlength="100" autofocus>
        <label for="home">Home directory <small>(empty: the standard place)</small></label><input id="home" name="home" value="{{home}}">
        <label for="account">Unix account <small>(empty: yours)</small></label><input id="account" name="account" value="{{account}}">
        <p><button>Next</button> <a href="/">Cancel</a></p></form>
        """

    private static let setup = """
        <form method="post"><input type="hidden" name="form" value="{{form}}">
        {{#isServer}}<label for="address">Address of the web server <small>(proposed: free now)</small></label>
        <input id="address" name="address" value="{{address}}" required>
        <label for="administrator">Administrator</label><input id="administrator" name="administrator" value="{{administrator}}" required>
        <label for="password">Password</label><input id="password" name="password" type="password" required minlength="8" autocomplete="new-password">{{/isServer}}
        {{^isServer}}<label for="port">Port <small>(proposed: free now)</small></label><input id="port" name="port" value="{{port}}" inputmode="numeric" required>
        <label for="trust">Thumbprints of the servers that it trusts, one a line</label><textarea id="trust" name="trust" rows="3">{{trust}}</textarea>{{/isServer}}
        <p><button>Next</button> <a href="/">Cancel</a></p></form>
        """

    private static let review = """
        <p>Nothing has been done yet. If a command fails, the instance is deleted again; its files are kept.</p>
        <form method="post"><input type="hidden" name="form" value="{{form}}">
        <p><button>Create</button> <a href="{{back}}">Back</a> <a href="/">Cancel</a></p></form>
        """ + script

    private static let message = """
        <p>{{text}}</p><p><a href="/">Back to the instances</a></p>
        """

    private static let key = """
        {{#key}}<p>Keep it in a safe place: without it the secrets in a backup cannot be read.</p><pre tabindex="0" aria-label="Master key">{{key}}</pre>
        <p><a class="button" href="{{back}}">I have saved it</a></p>{{/key}}
        {{^key}}<p>The master key opens all secrets of this server. It is shown once you ask for it.</p>
        <form method="post"><input type="hidden" name="form" value="{{form}}"><p><button>Show the master key</button> <a href="{{back}}">Cancel</a></p></form>{{/key}}
        """

    static let style = """
        :root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--quiet:#57606a;--line:#d0d7de;--accent:#0b5cad;--bad:#b3261e;--good:#1a7f37;--warn:#8a5a00;--soft:#f3f5f7}
        @media (prefers-color-scheme:dark){:root{--back:#14171a;--text:#e6edf3;--quiet:#9aa5b1;--line:#3a424b;--accent:#6cb2ff;--bad:#ff8a80;--good:#5fd07f;--warn:#f0b849;--soft:#1e2329}}
        *{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
        header{display:flex;flex-wrap:wrap;gap:1rem;align-items:center;justify-content:space-between;padding:.75rem 1.25rem;border-bottom:1px solid var(--line)}
        header form{display:flex;gap:.5rem;align-items:center;margin:0}.brand{font-weight:700;color:inherit;text-decoration:none}
        main{max-width:64rem;margin:0 auto;padding:1rem 1.25rem 4rem}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:1.5rem}
        a{color:var(--accent)}.skip{position:absolute;left:-99rem}.skip:focus{left:.5rem;top:.5rem;background:var(--back);padding:.5rem}
        table{width:100%;border-collapse:collapse;display:block;overflow-x:auto}caption{text-align:left;color:var(--quiet);padding-bottom:.5rem}th,td{text-align:left;padding:.5rem .75rem;border-bottom:1px solid var(--line);vertical-align:top}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.25rem}dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
        label{display:block;margin-top:.75rem}fieldset{border:1px solid var(--line);margin-top:.75rem}fieldset label{margin:.25rem 0}
        header label{margin:0}input:not([type=radio]),select,textarea{font:inherit;padding:.4rem .5rem;border:1px solid var(--quiet);border-radius:.3rem;background:var(--back);color:inherit;max-width:100%}
        main input:not([type=radio]),textarea{width:32rem}button,.button{font:inherit;display:inline-block;padding:.4rem .9rem;border:1px solid var(--accent);border-radius:.3rem;background:var(--accent);color:var(--back);text-decoration:none;cursor:pointer}
        .quiet,nav .button,header button{background:var(--back);color:var(--accent)}.button.delete{border-color:var(--bad);color:var(--bad)}
        :focus-visible{outline:3px solid var(--accent);outline-offset:2px}pre{background:var(--soft);border:1px solid var(--line);padding:.75rem;overflow:auto;max-height:32rem;border-radius:.3rem}
        small{color:var(--quiet)}.state::before{content:"● "}.running,.state.done{color:var(--good)}.stopped{color:var(--quiet)}.broken,.error{color:var(--bad)}.starting,.warning{color:var(--warn)}
        code{font-size:.95em;overflow-wrap:anywhere}
        """

    static let logFollowing = """
        const log=document.getElementById('log');
        if(log&&window.EventSource){
          document.getElementById('following').hidden=false;
          log.scrollTop=log.scrollHeight;
          new EventSource(log.dataset.stream).onmessage=event=>{
            const atEnd=log.scrollHeight-log.scrollTop-log.clientHeight<40;
            log.append(JSON.parse(event.data));
            if(atEnd)log.scrollTop=log.scrollHeight;
          };
        }
        """
}
