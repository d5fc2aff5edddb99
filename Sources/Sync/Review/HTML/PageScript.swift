/// What a page can do beyond reading and filtering: search, and open or close everything. Without it nothing is missing
/// but these.
enum PageScript {
    static let text = """

        'use strict';
        (()=>{
        const tools=document.querySelector('.find');if(!tools)return;
        tools.hidden=false;
        const field=tools.querySelector('input'),count=tools.querySelector('output');
        const ops=[...document.querySelectorAll('.op')],groups=[...document.querySelectorAll('.group')];
        let texts=null,timer=0;
        function search(){
        const words=field.value.toLowerCase().split(/\\s+/).filter(Boolean);
        texts??=ops.map(op=>op.textContent.toLowerCase());
        let shown=0;
        ops.forEach((op,i)=>{const hit=words.every(w=>texts[i].includes(w));op.classList.toggle('miss',!hit);if(hit)shown++;});
        groups.forEach(g=>g.classList.toggle('miss',!g.querySelector('.op:not(.miss)')));
        count.textContent=words.length?shown+' of '+ops.length:'';
        }
        field.addEventListener('input',()=>{clearTimeout(timer);timer=setTimeout(search,120);});
        field.form.addEventListener('submit',e=>{e.preventDefault();search();});
        for(const b of tools.querySelectorAll('button[data-open]'))b.addEventListener('click',()=>{
        const open=b.dataset.open==='yes';for(const op of ops)if(op.matches('details')&&op.checkVisibility())op.open=open;});
        })();

        """
}
