extension Templates {
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
        header label{margin:0}input:not([type=radio],[type=checkbox]),select,textarea{font:inherit;padding:.4rem .5rem;border:1px solid var(--quiet);border-radius:.3rem;background:var(--back);color:inherit;max-width:100%}
        main input:not([type=radio],[type=checkbox]),textarea{width:32rem}button,.button{font:inherit;display:inline-block;padding:.4rem .9rem;border:1px solid var(--accent);border-radius:.3rem;background:var(--accent);color:var(--back);text-decoration:none;cursor:pointer}
        button.quiet,.group .button,header button{background:var(--back);color:var(--accent)}.button.delete,.button.forget{border-color:var(--bad);color:var(--bad)}button.delete{background:var(--bad);border-color:var(--bad)}
        .menu{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:.5rem 1.25rem;border-bottom:1px solid var(--line)}.menu a[aria-current]{font-weight:700;color:inherit}
        .group h2{font-size:1rem;margin:1.25rem 0 0;color:var(--quiet)}.group p{margin:.4rem 0;display:flex;flex-wrap:wrap;gap:.5rem}
        .notice{margin:1rem 0;border-left:.3rem solid var(--warn);background:var(--soft);padding:.5rem .9rem}.notice p{margin:.25rem 0}
        :focus-visible{outline:3px solid var(--accent);outline-offset:2px}pre{background:var(--soft);border:1px solid var(--line);padding:.75rem;overflow:auto;max-height:32rem;border-radius:.3rem}
        small{color:var(--quiet)}.state::before{content:"● "}.running,.state.done{color:var(--good)}.stopped{color:var(--quiet)}.broken,.error{color:var(--bad)}.starting,.warning{color:var(--warn)}
        code{font-size:.95em}code,label,legend,h1,h2,p{overflow-wrap:anywhere}fieldset{min-width:0}header form,header select{min-width:0;max-width:100%}
        @media (max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}header form{flex-wrap:wrap;width:100%}header select{flex:1}}
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
