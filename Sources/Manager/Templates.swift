import Mustache

/// The pages, in Mustache: what is inserted is escaped. They work without scripts; the one script follows logs.
enum Templates {
    static let library: MustacheLibrary = {
        var library = MustacheLibrary()
        for (name, text) in all { library.register(try! MustacheTemplate(string: text), named: name) }
        return library
    }()

    private static let all = [
        "page": page, "index": index, "instance": instance, "errand": errand, "job": job, "jobs": jobs, "log": log,
        "wizard": wizard, "review": review, "message": message, "key": key, "doctor": doctor,
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
        <option value="/new"{{#isNewChosen}} selected{{/isNewChosen}}>New instance…</option></select><button>Show</button></form></header>
        <nav class="menu" aria-label="This machine">{{#menu}}<a href="{{place}}"{{#isHere}} aria-current="page"{{/isHere}}>{{title}}</a> {{/menu}}</nav>
        <main id="main"><h1>{{title}}</h1>{{#notice}}<p class="notice">{{notice}}</p>{{/notice}}
        {{#error}}<p class="error" role="alert">{{error}}</p>{{/error}}
        {{{content}}}</main></body></html>
        """

    private static let index = """
        {{#problems}}<p class="error" role="alert">{{.}}</p>{{/problems}}
        {{#hasUnsaved}}<section class="notice" id="unsaved"><p>Without a verified backup of the last day:
        {{#unsaved}}<a href="{{place}}">{{name}}</a> {{/unsaved}}</p>
        <p><a href="/machine/backup-all">Back up all now</a> · <a href="/machine/schedule">Back up every day</a></p></section>{{/hasUnsaved}}
        {{#isEmpty}}<p>No instance exists on this machine yet.</p>{{/isEmpty}}
        {{^isEmpty}}<table><caption>Instances of this machine</caption><thead><tr><th scope="col">Name</th>
        <th scope="col">Kind</th><th scope="col">State</th><th scope="col">Version</th><th scope="col">Address</th>
        <th scope="col">Account</th><th scope="col">Backup</th></tr></thead><tbody>
        {{#instances}}<tr><th scope="row"><a href="{{place}}">{{name}}</a>{{#isDefault}} <small>default</small>{{/isDefault}}</th>
        <td>{{kind}}</td><td><span class="state {{state}}">{{state}}</span></td><td>{{version}}</td><td>{{addresses}}</td>
        <td>{{account}}</td><td>{{#backupProblem}}<span class="warning">{{backupProblem}}</span>{{/backupProblem}}{{^backupProblem}}recent{{/backupProblem}}</td></tr>{{/instances}}
        </tbody></table>{{/isEmpty}}
        <p><a class="button" href="/new?kind=server">New server</a> <a class="button" href="/new?kind=agent">New agent</a></p>
        """

    private static let instance = """
        {{#problem}}<p class="error" role="alert">{{problem}}</p>{{/problem}}
        {{#backupProblem}}<p class="notice">No recent backup: {{backupProblem}}. {{#backupPlace}}<a href="{{backupPlace}}">Make one</a>{{/backupPlace}}</p>{{/backupProblem}}
        <dl><dt>State</dt><dd><span class="state {{state}}">{{state}}</span></dd><dt>Version</dt><dd>{{version}}</dd>
        <dt>Address</dt><dd>{{#links}}<a href="{{.}}" rel="noreferrer">{{.}}</a> {{/links}}{{#texts}}{{.}} {{/texts}}</dd>
        {{#thumbprint}}<dt>Thumbprint</dt><dd>{{thumbprint}}</dd><dt>Trusts</dt><dd>{{#trusted}}{{trusted}}{{/trusted}}{{^trusted}}nobody yet{{/trusted}}</dd>{{/thumbprint}}
        <dt>Service</dt><dd>{{service}}</dd><dt>Account</dt><dd>{{account}}</dd><dt>Home</dt><dd>{{home}}</dd>
        <dt>Configuration</dt><dd>{{configuration}}</dd><dt>Default</dt><dd>{{#isDefault}}yes{{/isDefault}}{{^isDefault}}no{{/isDefault}}</dd></dl>
        {{#groups}}{{^isEmpty}}<section class="group"><h2>{{title}}</h2><p>{{#actions}}<a class="button {{name}}" href="{{place}}">{{title}}</a> {{/actions}}</p></section>{{/isEmpty}}{{/groups}}
        """

    private static let script = """
        {{#script}}<h2>Script</h2><p>This is what runs, to the letter. Saved as a file it does the same without this page; a name
        stands in one place.</p>
        {{#hasLanguages}}<nav class="menu" aria-label="Languages of the script">{{#languages}}<a href="{{link}}"{{#isChosen}} aria-current="page"{{/isChosen}}>{{language}}</a> {{/languages}}</nav>{{/hasLanguages}}
        <pre class="script" tabindex="0" aria-label="Script">{{script}}</pre>
        {{#saved}}<p><a href="{{saved}}">Save the script as a file</a></p>{{/saved}}{{/script}}
        """

    private static let fields = """
        {{#questions}}{{#isText}}<label for="{{id}}">{{label}}{{#hint}} <small>({{hint}})</small>{{/hint}}</label>
        <input id="{{id}}" name="{{id}}" value="{{value}}"{{#isRequired}} required{{/isRequired}} {{#hasFocus}} autofocus{{/hasFocus}} autocomplete="off" spellcheck="false">{{/isText}}
        {{#isPassword}}<label for="{{id}}">{{label}}{{#hint}} <small>({{hint}})</small>{{/hint}}</label>
        <input id="{{id}}" name="{{id}}" type="password"{{#isRequired}} required{{/isRequired}} autocomplete="new-password">{{/isPassword}}
        {{#isLines}}<label for="{{id}}">{{label}}{{#hint}} <small>({{hint}})</small>{{/hint}}</label>
        <textarea id="{{id}}" name="{{id}}" rows="4" spellcheck="false">{{value}}</textarea>{{/isLines}}
        {{#isCheck}}<label><input type="checkbox" id="{{id}}" name="{{id}}" value="yes"{{#isOn}} checked{{/isOn}}> {{label}}</label>{{/isCheck}}
        {{#isSelect}}<label for="{{id}}">{{label}}{{#hint}} <small>({{hint}})</small>{{/hint}}</label>
        <select id="{{id}}" name="{{id}}">{{#choices}}<option value="{{choice}}"{{#isChosen}} selected{{/isChosen}}>{{text}}</option>{{/choices}}</select>{{/isSelect}}
        {{#isChoice}}<fieldset><legend>{{label}}</legend>{{#choices}}<label><input type="radio" name="{{group}}" value="{{choice}}"{{#isChosen}} checked{{/isChosen}}> {{text}}</label>{{/choices}}</fieldset>{{/isChoice}}
        {{/questions}}
        """

    private static let errand = """
        {{#text}}<p>{{text}}</p>{{/text}}
        {{#warning}}<p class="notice" id="warning">{{warning}}</p>{{/warning}}
        {{#hasFacts}}<dl>{{#facts}}<dt>{{name}}</dt><dd>{{value}}</dd>{{/facts}}</dl>{{/hasFacts}}
        {{#links}}<p><a href="{{place}}">{{title}}</a></p>{{/links}}
        <form method="post"><input type="hidden" name="form" value="{{form}}">
        """ + fields + """

            <p><button name="do" value="run"{{#isDangerous}} class="delete"{{/isDangerous}}>{{verb}}</button>
            <button name="do" value="check" class="quiet" formnovalidate>Check first</button>
            <a href="{{back}}">Cancel</a></p>
            <label for="as">Script for</label>
            <select id="as" name="as">{{#forms}}<option value="{{as}}"{{#isChosen}} selected{{/isChosen}}>{{language}}</option>{{/forms}}</select>
            <p><button name="do" value="show" class="quiet" formnovalidate>Show script</button>
            {{#script}}<button name="do" value="save" class="quiet" formnovalidate>Save script</button>{{/script}}</p></form>
            {{#checked}}<section id="check"><h2>What the check says</h2>
            {{#checkFails}}<p class="error" role="alert">This would fail. Nothing was changed.</p>{{/checkFails}}
            {{^checkFails}}<p role="status">Nothing is in the way. Nothing was changed.</p>{{/checkFails}}
            {{#check}}<pre tabindex="0" aria-label="Result of the check">{{check}}</pre>{{/check}}</section>{{/checked}}
            """ + script

    private static let job = """
        <p role="status">{{stateText}}</p>
        {{#problem}}<pre tabindex="0" aria-label="What its process said">{{problem}}</pre>{{/problem}}
        {{#steps}}<section class="step"><h2>{{number}}. <code>{{line}}</code></h2>
        <p>{{outcome}}</p>{{#output}}<pre tabindex="0" aria-label="Output">{{output}}</pre>{{/output}}</section>{{/steps}}
        {{#isOver}}<p><a class="button" href="{{back}}">Go on</a>{{#key}} <a class="button" href="{{key}}">Save the master key</a>{{/key}}</p>{{/isOver}}
        """ + script

    private static let jobs = """
        {{#isEmpty}}<p>Nothing was done yet.</p>{{/isEmpty}}
        {{^isEmpty}}<table><caption>What was done, the newest first</caption><thead><tr><th scope="col">What</th>
        <th scope="col">Begun</th><th scope="col">State</th></tr></thead><tbody>
        {{#jobs}}<tr><th scope="row"><a href="{{place}}">{{title}}</a></th><td>{{begun}}</td><td>{{state}}</td></tr>{{/jobs}}
        </tbody></table>{{/isEmpty}}
        """

    private static let doctor = """
        {{#problems}}<p class="error" role="alert">{{.}}</p>{{/problems}}
        {{#isHealthy}}<p role="status">Nothing is wrong.</p>{{/isHealthy}}
        {{#findings}}<section class="step"><h2>{{fault}}{{#instance}} ({{instance}}){{/instance}}</h2>
        <p class="{{#isError}}error{{/isError}}{{^isError}}warning{{/isError}}">{{message}}.</p><p>{{advice}}.</p></section>{{/findings}}
        <p><a href="/doctor">Look again</a></p>
        """

    private static let log = """
        {{#isMissing}}<p>There is nothing yet in <code>{{path}}</code>.</p>{{/isMissing}}
        {{^isMissing}}<p><code>{{path}}</code></p><pre id="log" class="log" tabindex="0" aria-label="Log" data-stream="{{stream}}">{{text}}</pre>
        <p id="following" hidden>New lines appear as they are written.</p>{{/isMissing}}
        <p><a href="{{place}}">Read again</a> · <a href="{{back}}">Back</a></p>
        """

    private static let wizard = """
        <form method="post"><input type="hidden" name="form" value="{{form}}">
        """ + fields + """

            <p><button>Next</button> <a href="/">Cancel</a></p></form>
            """

    private static let review = """
        <p>Nothing has been done yet. If a command fails, the instance is deleted again; files that were there before are kept.</p>
        <form method="post"><input type="hidden" name="form" value="{{form}}"><input type="hidden" name="as" value="{{as}}">
        <p><button name="do" value="run">Create</button> <button name="do" value="save" class="quiet">Save script</button> <a href="{{back}}">Back</a> <a href="/">Cancel</a></p></form>
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
}
